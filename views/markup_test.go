package views

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMarkupText(t *testing.T) {
	t.Parallel()
	for markup, want := range map[string]string{
		"":                                     "",
		"plain":                                "plain",
		"a < b":                                "a < b",
		"Tom &amp; Jerry&nbsp;go":              "Tom & Jerry go",
		"<p>One</p><p>Two <b>bold</b>&lt;</p>": "One\nTwo bold<",
		"<ul><li>First</li><li>Second <a href='https://x'>link</a></li></ul>": "• First\n• Second link",
		"<script>alert(1)</script>Safe<style>p{}</style>":                     "Safe",
		"<img src=x onerror=alert(1)>Text<br/>more":                           "Text\nmore",
		"<p>not closed": "not closed",
	} {
		assert.Equal(t, want, MarkupText(markup), markup)
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0 B", 1023: "1,023 B", 1024: "1.0 KB", 56688702: "54.1 MB", 27487790694400: "25.0 TB", -1: "-1 B"} {
		assert.Equal(t, want, Size(n))
	}
}
