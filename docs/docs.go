// Package docs makes the parts of the documentation that follow from the
// catalogue: docs/entities.md and docs/permissions.md. `make generate` writes
// them, a test holds them against the catalogue.
package docs

import (
	"fmt"
	"strings"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Files are the generated pages by name.
func Files(c *entity.Catalogue) map[string]string {
	return map[string]string{
		"entities.md":    Entities(c),
		"permissions.md": Permissions(c),
	}
}

const generated = "<!-- Made by `make generate` from syncer/entities. Edit there. -->\n\n"

// Entities describes every entity and its columns.
func Entities(c *entity.Catalogue) string {
	var b strings.Builder
	b.WriteString("# Entities\n\n" + generated)
	b.WriteString("Column `id` holds Microsoft's id. Every other column is named after the Graph property path it holds, unless it is computed; in JSON and NDJSON exports its values are those that Microsoft sent.\n")
	for _, d := range c.Defs {
		fmt.Fprintf(&b, "\n## %s (`%s`)\n\n%s\n\n", d.Title, d.Kind, d.Doc)
		if d.Derived() {
			fmt.Fprintf(&b, "Derived from `%s`: its state is the worst and its as-of the oldest of theirs%s.\n\n", strings.Join(d.From, "`, `"), additions(d))
		} else {
			b.WriteString("| part | source | permission | licence | mode |\n|---|---|---|---|---|\n")
			for i := range d.Parts {
				for n, p := range d.Parts[i].Sources() {
					name := "`" + p.Name + "`"
					if n > 0 {
						name += ", where that is refused"
					}
					fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", name, source(*p), needs(p.Needs), licence(p.Licence), mode(*p))
				}
			}
			b.WriteString("\n")
		}
		b.WriteString("| column | type | Microsoft's property | meaning |\n|---|---|---|---|\n")
		for _, col := range d.Columns {
			meaning := col.Label
			if col.Doc != "" {
				meaning += ". " + col.Doc
			}
			if len(d.Parts) > 1 && col.Part != d.Parts[0].Name {
				meaning += " (part `" + col.Part + "`)"
			}
			if len(col.Refs) > 0 {
				meaning += " (refers to " + refs(col.Refs) + ")"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", col.Name, col.Type, property(col), cell(meaning))
		}
	}
	return b.String()
}

// Permissions describes every permission and what it feeds.
func Permissions(c *entity.Catalogue) string {
	var b strings.Builder
	b.WriteString("# Permissions\n\n" + generated)
	b.WriteString("All are application permissions (app roles) and read-only. *Required* and *optional* ones are what the set-up guide asks for; *extra* ones are used when they are granted; *unused* ones are listed by older guides and feed nothing that Microsoft still serves.\n")
	for _, r := range entity.Resources {
		fmt.Fprintf(&b, "\n## %s\n\n| permission | profile | why | feeds | app role id |\n|---|---|---|---|---|\n", r.APIName())
		for _, p := range c.Permissions {
			if p.Resource != r {
				continue
			}
			feeds := "nothing yet"
			if kinds := c.Feeds(r, p.Name); len(kinds) > 0 {
				feeds = "`" + strings.Join(kinds, "`, `") + "`"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", p.Name, p.Profile, cell(p.Why), feeds, p.ID)
		}
	}
	return b.String()
}

// mode says how a part is read.
func mode(p entity.Part) string {
	text := string(p.Mode)
	if p.Span != nil {
		text += " by `" + p.Span.Property + "`"
		if p.Span.First > 0 {
			text += ", at first " + days(p.Span.First) + " back"
		}
		if p.Span.Keep > 0 {
			text += ", kept " + days(p.Span.Keep)
		}
	}
	if p.Delta != nil {
		text += ", `" + p.Delta.Path + "` on a refresh"
	}
	if p.Slow {
		text += ", left by a refresh while younger than a day"
	}
	return text
}

func days(d time.Duration) string { return fmt.Sprintf("%d days", int(d.Hours()/24)) }

// source lists the requests of a part.
func source(p entity.Part) string {
	root := "GET /v1.0"
	switch {
	case p.Resource == entity.Defender:
		root = "GET Defender "
	case p.Beta:
		root = "GET /beta"
	}
	if p.Feed != nil {
		return "the activity feed of " + p.Resource.Title() + ": `" + strings.Join(p.Feed.ContentTypes, "`, `") + "`"
	}
	if p.Report {
		return "`" + root + p.Path + "` (CSV)"
	}
	if p.Fan == nil {
		return "`" + root + strings.Join(p.Paths(), "`, then `"+root) + "`"
	}
	return fan(p, root)
}

// fan lists the requests of a part that is read for each row of an entity.
func fan(p entity.Part, root string) string {
	var text string
	if p.Fan.Rest {
		text = "`" + root + p.Path + "`, and for each of `" + p.Fan.Over + "` that comes without the property "
	} else {
		text = "for each of `" + p.Fan.Over + "` "
	}
	for i, l := range p.Fan.Lists {
		if i > 0 {
			text += " and "
		}
		text += "`" + root + l.Path + "`"
		if l.Hidden != nil {
			text += " (where `" + l.Hidden.Column + "` is " + l.Hidden.Value + " only with `" + l.Hidden.Permission + "`)"
		}
	}
	return text + ", in batches"
}

// additions says which sources a derived entity can do without.
func additions(d *entity.Def) string {
	text := ""
	for _, a := range d.Adds {
		if a.Name == "" {
			text += ", but `" + a.Kind + "` only adds columns"
		} else {
			text += ", but without the licence for `" + a.Kind + "` it only lacks `" + a.Name + "` and columns"
		}
	}
	return text
}

// property says where a column's values come from.
func property(c entity.Column) string {
	switch {
	case c.Path == entity.SourcePath:
		return "which source was read"
	case c.Path != "" && c.Else != "" && c.Else != c.Path:
		return "`" + c.Path + "`, else `" + c.Else + "`"
	case c.Path != "":
		return "`" + c.Path + "`"
	case c.Compute != nil && len(c.Uses) == 0:
		return "computed from the whole object"
	case c.Compute != nil:
		return "computed from `" + strings.Join(c.Uses, "`, `") + "`"
	case c.From != "":
		return "from `" + c.From + "`"
	default:
		return "computed"
	}
}

func refs(all []entity.Ref) string {
	var list []string
	for _, r := range all {
		text := "`" + r.Kind + "`"
		if r.By != "" {
			text += " by `" + r.By + "`"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

func needs(all []entity.AnyOf) string {
	var list []string
	for _, any := range all {
		list = append(list, "`"+strings.Join(any, "` or `")+"`")
	}
	return strings.Join(list, " and ")
}

func licence(l *entity.Licence) string {
	if l == nil {
		return "none"
	}
	return l.Name
}

func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }
