package views

import (
	"net/url"
	"strings"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// OmittedRow says what a derived table leaves out, and leads to it.
type OmittedRow struct {
	Name, Text string
	Link, Href string
}

// OmittedRows says what a derived table leaves out.
func OmittedRows(catalogue *entity.Catalogue, slug string, omitted []store.Omitted) (rows []OmittedRow) {
	said := map[string]bool{}
	for _, o := range omitted {
		if said[o.Name] {
			continue
		}
		said[o.Name] = true
		d := catalogue.Def(o.Kind)
		query := url.Values{o.Column: {o.Value}}
		if o.Value == "" {
			query = url.Values{o.Column + ".empty": {"true"}}
		}
		rows = append(rows, OmittedRow{
			Name: o.Name,
			Text: o.Text,
			Link: Count(o.Rows, d.Singular, strings.ToLower(d.Title)),
			Href: TenantPath(slug, "data", d.Kind) + "?" + query.Encode(),
		})
	}
	return rows
}
