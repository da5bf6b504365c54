package export

import (
	"context"
	"io"

	"github.com/dtlic/dtlic/internal/envelope"
)

// jsonWriter writes one array of objects, one on each line, all with the same
// members: null for what a record lacks, all else exactly as it stands in the log.
type jsonWriter struct{ rows int }

func (*jsonWriter) begin(dst []byte) []byte { return append(dst, '[') }

func (w *jsonWriter) row(dst []byte, r *row) []byte {
	if w.rows > 0 {
		dst = append(dst, ',')
	}
	w.rows++
	dst = append(dst, '\n')
	for i := range columns {
		c := &columns[i]
		sep := byte(',')
		if i == 0 {
			sep = '{'
		}
		dst = append(envelope.AppendString(append(dst, sep), c.name), ':')
		switch value := c.value(r); {
		case c.isNull(value):
			dst = append(dst, "null"...)
		case c.kind == truth, c.kind == object:
			dst = append(dst, value...)
		default:
			dst = envelope.AppendString(dst, asUTF8(value))
		}
	}
	return append(dst, '}')
}

func (w *jsonWriter) end(_ context.Context, to io.Writer) error {
	text := "]\n"
	if w.rows > 0 {
		text = "\n]\n"
	}
	_, err := io.WriteString(to, text)
	return err
}
