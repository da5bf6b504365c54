package main

import (
	"fmt"
	"strings"
	"time"
)

// verdict says who refuses a text that must not be taken.
type verdict string

const (
	byLibrary verdict = "library"
	byCaller  verdict = "caller"
	panics    verdict = "**panics**"
	taken     verdict = "**taken**"
)

// wrongs are the texts that must be refused, in the table's order.
var wrongs = []struct {
	name string
	make func(c, impostor *contender, l license) (string, error)
}{
	{"signature changed", func(c, _ *contender, l license) (string, error) { return altered(c, l, flipSignature) }},
	{"payload changed", func(c, _ *contender, l license) (string, error) { return altered(c, l, changeHolder) }},
	{"another key", func(_, impostor *contender, l license) (string, error) { return impostor.issue(l) }},
	{"ended", func(c, _ *contender, l license) (string, error) {
		l.IssuedAt, l.ExpiresAt = l.IssuedAt.AddDate(-2, 0, 0), l.IssuedAt.AddDate(-1, 0, 0)
		return c.issue(l)
	}},
	{"not begun", func(c, _ *contender, l license) (string, error) {
		l.IssuedAt = l.IssuedAt.AddDate(0, 0, 3)
		return c.issue(l)
	}},
	{"another product", func(c, _ *contender, l license) (string, error) {
		l.Product = "other"
		return c.issue(l)
	}},
	{"cut short", func(c, _ *contender, l license) (string, error) {
		text, err := c.issue(l)
		return text[:len(text)/2], err
	}},
}

func altered(c *contender, l license, change change) (string, error) {
	text, err := c.issue(l)
	if err != nil {
		return "", err
	}
	different, err := c.alter(text, change)
	if err == nil && different == text {
		err = fmt.Errorf("nothing was changed")
	}
	return different, err
}

// selfCheck makes sure that a contender takes a good license and returns it as
// it was signed, and finds out who refuses each of the wrongs. The impostor is
// the same contender with another key.
func selfCheck(c, impostor *contender, now time.Time) ([]verdict, error) {
	good := sample(now)
	text, err := c.issue(good)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	read, err := c.check(text)
	if err != nil {
		return nil, fmt.Errorf("%s refuses a good license: %w", c.name, err)
	}
	if !read.equal(good) {
		return nil, fmt.Errorf("%s read %+v from %+v", c.name, read, good)
	}
	// What alter puts together unchanged must still hold: only then a refusal
	// of something changed is the signature's.
	same, err := c.alter(text, func(payload, signature []byte) ([]byte, []byte) { return payload, signature })
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	if _, err := c.check(same); err != nil {
		return nil, fmt.Errorf("%s: taken apart and put together: %w", c.name, err)
	}
	verdicts := make([]verdict, len(wrongs))
	for i, w := range wrongs {
		text, err := w.make(c, impostor, good)
		if err != nil {
			return nil, fmt.Errorf("%s, %s: %w", c.name, w.name, err)
		}
		verdicts[i] = c.refuses(text)
	}
	return verdicts, nil
}

func (c *contender) refuses(text string) (v verdict) {
	defer func() {
		if recover() != nil {
			v = panics
		}
	}()
	if _, err := c.verify(text); err != nil {
		return byLibrary
	}
	if _, err := c.check(text); err != nil {
		return byCaller
	}
	return taken
}

// selfChecks runs the self-check of all contenders.
func selfChecks(now time.Time) ([]*contender, [][]verdict, error) {
	all, err := contenders(keyPair(1))
	if err != nil {
		return nil, nil, err
	}
	impostors, err := contenders(keyPair(2))
	if err != nil {
		return nil, nil, err
	}
	verdicts := make([][]verdict, len(all))
	for i, c := range all {
		if verdicts[i], err = selfCheck(c, impostors[i], now); err != nil {
			return nil, nil, err
		}
	}
	return all, verdicts, checkSample(all[0], now)
}

// checkSample makes sure that the sample has the size that is written above the tables.
func checkSample(first *contender, now time.Time) error {
	text, err := first.issue(sample(now))
	if err != nil {
		return err
	}
	size := 0
	_, err = first.alter(text, func(payload, signature []byte) ([]byte, []byte) {
		size = len(payload)
		return payload, signature
	})
	if err == nil && size != payloadSize {
		err = fmt.Errorf("the sample has %d bytes, not %d: %s", size, payloadSize, strings.TrimSpace(text))
	}
	return err
}
