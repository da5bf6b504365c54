package ledger

import (
	"encoding/json"

	"github.com/tidwall/gjson"
)

// Member is one member of a record, by the name that it has in the log.
type Member struct {
	Name string
	// Value is a string or a bool, or a [json.RawMessage] for a member that
	// Record does not know.
	Value any
}

// Members returns what the record says, in the order of the log, without what is
// not set and need not be.
func (r *Record) Members() []Member {
	list := make([]Member, 0, len(members))
	for _, m := range members {
		switch {
		case m.isUnset(r) && !m.written:
		case m.truth != nil:
			list = append(list, Member{m.name, *m.truth(r)})
		default:
			list = append(list, Member{m.name, *m.value(r)})
		}
	}
	return list
}

// Unknown returns the members of the entry's line that Record does not know, as
// another tool may have written them, in their order.
func (e *Entry) Unknown() (list []Member) {
	if cut(alias(e.Raw), new(Record)) > 0 {
		return nil // as it is written by us
	}
	gjson.ParseBytes(e.Raw).ForEach(func(name, value gjson.Result) bool {
		if memberIndex(name.Str) < 0 {
			list = append(list, Member{name.Str, json.RawMessage(value.Raw)})
		}
		return true
	})
	return list
}
