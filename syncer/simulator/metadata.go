package simulator

import (
	"mime"
	"strings"
)

// How much a client wants to be told about the data, by Accept or $format.
const (
	minimalMetadata = "minimal" // without being asked
	noMetadata      = "none"
	fullMetadata    = "full"
)

// metadataLevel reads the level that a client asks for.
func (x *exchange) metadataLevel() string {
	asked := x.query.format
	if asked == "" {
		asked = x.header.Get("Accept")
	}
	for kind := range strings.SplitSeq(asked, ",") {
		name, parameters, err := mime.ParseMediaType(kind)
		if err != nil || name != "application/json" {
			continue
		}
		switch level := strings.ToLower(parameters["odata.metadata"]); level {
		case noMetadata, fullMetadata:
			return level
		}
		return minimalMetadata
	}
	return minimalMetadata
}

// describe makes an answer with minimal metadata one of the level that the
// client asked for.
func (x *exchange) describe(a *answer) *answer {
	level := x.metadataLevel()
	body, ok := a.body.(row)
	if level == minimalMetadata || !ok {
		return a
	}
	if level == noMetadata {
		a.body = bare(body)
	} else {
		a.body = x.annotate(body)
	}
	a.header.Set("Content-Type", strings.Replace(graphContentType, "odata.metadata=minimal", "odata.metadata="+level, 1))
	return a
}

// bare leaves out all annotations but the links and the count.
func bare(value any) any {
	switch v := value.(type) {
	case row:
		out := make(row, 0, len(v))
		for _, f := range v {
			switch {
			case f.name == "@odata.nextLink" || f.name == "@odata.deltaLink" || f.name == "@odata.count":
				out = append(out, f)
			case !strings.Contains(f.name, "@odata."):
				out = append(out, field{f.name, bare(f.value)})
			}
		}
		return out
	case []row:
		out := make([]row, len(v))
		for i, r := range v {
			out[i] = bare(r).(row)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = bare(one)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, one := range v {
			if !strings.Contains(name, "@odata.") {
				out[name] = bare(one)
			}
		}
		return out
	}
	return value
}

// annotate adds to objects of the directory what they are, where they are and
// the types that JSON does not tell.
func (x *exchange) annotate(body row) row {
	context, _ := body.get("@odata.context")
	_, set, _ := strings.Cut(context.(string), "#")
	set, _, _ = strings.Cut(strings.TrimSuffix(set, "/$entity"), "(")
	out := make(row, len(body))
	list := false
	for i, f := range body {
		if rows, ok := f.value.([]row); ok && f.name == "value" {
			list = true
			annotated := make([]row, len(rows))
			for j, r := range rows {
				annotated[j] = x.annotateObject(r, setTypes[set])
			}
			f.value = annotated
		}
		out[i] = f
	}
	if list {
		return out
	}
	return x.annotateObject(body, setTypes[set])
}

// setTypes are the types of the sets of the directory.
var setTypes = map[string]*entityType{
	"users": userType, "groups": groupType, "organization": organizationType, "applications": applicationType,
	"servicePrincipals": servicePrincipalType, "directoryRoles": directoryRoleType,
}

func (x *exchange) annotateObject(r row, t *entityType) row {
	named, _ := r.get("@odata.type")
	switch named {
	case "#microsoft.graph.user":
		t = userType
	case "#microsoft.graph.group":
		t = groupType
	}
	if t == nil {
		return r
	}
	var out, properties row
	for _, f := range r {
		if strings.HasPrefix(f.name, "@odata.") {
			if f.name != "@odata.type" {
				out = append(out, f)
			}
			continue
		}
		if p := t.property(f.name); p != nil && f.value != nil && annotations[p.kind] != "" {
			properties = append(properties, field{f.name + "@odata.type", annotations[p.kind]})
		}
		properties = append(properties, f)
	}
	out = append(out, field{"@odata.type", "#microsoft.graph." + t.name})
	if id, ok := r.get("id"); ok {
		link := x.base + "/v2/" + x.tenant().id + "/directoryObjects/" + id.(string) + "/Microsoft.DirectoryServices." + t.resource
		out = append(out, field{"@odata.id", link}, field{"@odata.editLink", link})
	}
	return append(out, properties...)
}

// annotations are the types that are written beside values.
var annotations = map[kind]string{kindInstant: "#DateTimeOffset", kindGUID: "#Guid", kindTexts: "#Collection(String)"}
