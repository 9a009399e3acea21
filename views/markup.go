package views

import (
	"fmt"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// MarkupText returns what a text of Microsoft's reads like without its HTML:
// the words, a line for each block. Nothing of the markup is kept, so that
// nothing of it can act on a page. A text without markup comes back as it is.
func MarkupText(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return s
	}
	var b strings.Builder
	hidden := 0 // depth in elements whose text is no text
	tokens := html.NewTokenizer(strings.NewReader(s))
	for {
		switch kind := tokens.Next(); kind {
		case html.ErrorToken:
			return tidy(b.String())
		case html.TextToken:
			if hidden == 0 {
				b.Write(tokens.Text())
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			name, _ := tokens.TagName()
			switch tag := atom.Lookup(name); tag {
			case atom.Script, atom.Style:
				if kind == html.StartTagToken {
					hidden++
				} else if kind == html.EndTagToken && hidden > 0 {
					hidden--
				}
			case atom.Li:
				if kind == html.StartTagToken {
					b.WriteString("\n• ")
				}
			case atom.Br, atom.P, atom.Div, atom.Ul, atom.Ol, atom.Tr, atom.H1, atom.H2, atom.H3, atom.H4:
				b.WriteString("\n")
			}
		}
	}
}

// tidy drops empty lines and the spaces around lines.
func tidy(s string) string {
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.Join(strings.Fields(line), " "); line != "" && line != "•" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// Size returns a number of bytes in the unit that fits: "54.1 MB". Units are
// powers of 1,024, as Microsoft counts storage.
func Size(n int64) string {
	if n < 1024 {
		return Num(n) + " B"
	}
	value, unit := float64(n), 0
	for ; value >= 1024 && unit < 5; unit++ {
		value /= 1024
	}
	return fmt.Sprintf("%.1f %cB", value, " KMGTP"[unit])
}
