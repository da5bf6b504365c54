package ui

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Plain writes a JSON document as "key: value" lines: the form for scripts and
// screen readers, with the names, the order and the data of the JSON output,
// because it is made from it. A member of an object in it is named a.b, an
// object in a list a[0].b. Lists of values stand on one line, separated by
// commas; null and what is empty have no value. Values are escaped.
func Plain(w io.Writer, document []byte) error {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	p := plainWriter{tokens: d}
	if err := p.value(""); err != nil {
		return fmt.Errorf("plain output: %w", err)
	}
	_, err := w.Write(p.out.Bytes())
	return err
}

type plainWriter struct {
	tokens *json.Decoder
	out    bytes.Buffer
}

// line writes one value. The space is left out where nothing follows it.
func (p *plainWriter) line(key, value string) {
	p.out.WriteString(Escape(key) + ":")
	if value != "" {
		p.out.WriteString(" " + Escape(value))
	}
	p.out.WriteByte('\n')
}

func (p *plainWriter) value(key string) error {
	token, err := p.tokens.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		return p.object(key)
	case json.Delim('['):
		return p.list(key)
	}
	if key == "" {
		return errors.New("the document is no object and no list")
	}
	p.line(key, scalar(token))
	return nil
}

func (p *plainWriter) object(key string) error {
	if key != "" {
		key += "."
	}
	for p.tokens.More() {
		name, err := p.tokens.Token()
		if err != nil {
			return err
		}
		if err := p.value(key + scalar(name)); err != nil {
			return err
		}
	}
	_, err := p.tokens.Token()
	return err
}

// list writes values on one line, and objects and lists each on their own.
func (p *plainWriter) list(key string) error {
	var values []string
	nested := false
	for i := 0; p.tokens.More(); i++ {
		token, err := p.tokens.Token()
		if err != nil {
			return err
		}
		item := key + "[" + strconv.Itoa(i) + "]"
		switch token {
		case json.Delim('{'):
			nested = true
			err = p.object(item)
		case json.Delim('['):
			nested = true
			err = p.list(item)
		default:
			values = append(values, scalar(token))
		}
		if err != nil {
			return err
		}
	}
	if !nested || len(values) > 0 {
		p.line(key, strings.Join(values, ","))
	}
	_, err := p.tokens.Token()
	return err
}

func scalar(token json.Token) string {
	if token == nil {
		return ""
	}
	return fmt.Sprint(token)
}
