package ledger

import "bytes"

// salvaged is a record that was had back from a line that is none.
type salvaged struct {
	blob string
	// line is the record, without a line feed: the very bytes of a whole record,
	// or what its license says.
	line []byte
	// rebuilt tells which: what stood in the line besides the license is not in a
	// record that was rebuilt.
	rebuilt bool
}

// shortestRecord is how long a line must be for a record, or a license, to stand in it.
var shortestRecord = func() int {
	length := len("{}") - len(",")
	for _, m := range members[:requiredMembers] {
		length += len(`"":"",`) + len(m.name)
	}
	return length
}()

// salvage gets back what a line still has: whole records that stand one behind the
// other, and genuine licenses. A record that is a value in a line of JSON is not
// whole: the line may say anything of it.
func (j *Judge) salvage(line []byte, isJSON bool) (found []salvaged) {
	if len(line) < shortestRecord {
		return nil
	}
	has := make(map[string]bool)
	if !isJSON {
		for _, raw := range wholeRecords(line) {
			// It was parsed before, or would not be among them.
			if r, err := Parse(raw); err == nil && !has[r.Blob] {
				has[r.Blob] = true
				found = append(found, salvaged{blob: r.Blob, line: raw})
			}
		}
	}
	for _, blob := range j.Find(string(line)) {
		if has[blob] {
			continue
		}
		if r, problem := j.Verify(blob); problem == nil {
			found = append(found, salvaged{blob: blob, line: r.Append(nil), rebuilt: true})
		}
	}
	return found
}

// scanBudget bounds, as a multiple of a line's length, how much of it is looked at
// again and again for the records in it.
const scanBudget = 32

// wholeRecords cuts out of a line the records that stand in it one behind the
// other, whatever is before, between and behind them.
func wholeRecords(line []byte) (records [][]byte) {
	budget := scanBudget * len(line)
	for at := 0; budget > 0; {
		i := bytes.IndexByte(line[at:], '{')
		if i < 0 {
			break
		}
		at += i
		end, looked := objectEnd(line[at:])
		budget -= looked
		if end > 0 {
			budget -= end
			if _, err := Parse(line[at : at+end]); err == nil {
				records = append(records, line[at:at+end])
				at += end
				continue
			}
		}
		at++
	}
	return records
}

// objectEnd returns where the object ends that begins text, as its brackets say,
// 0 where it does not, and how many bytes were looked at.
func objectEnd(text []byte) (end, looked int) {
	depth, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return 0, i
			}
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i + 1, i + 1
			}
		}
	}
	return 0, len(text)
}
