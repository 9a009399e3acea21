package microsoft

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Cut is the error of a list that was read to its last page, of which Microsoft
// itself says that it is not whole. What came is good.
type Cut struct{ Problem *entity.Problem }

func (c *Cut) Error() string { return c.Problem.Error() }

// Unwrap makes a Cut a Problem for whoever does not tell them apart.
func (c *Cut) Unwrap() error { return c.Problem }

// cut makes an error of what an answer lacks, nil where it lacks nothing.
func cut(lacks *entity.Problem) error {
	if lacks == nil {
		return nil
	}
	return &Cut{lacks}
}

// bodyError is what the body of an answer with a status of success says of an
// error.
type bodyError int

const (
	noError     bodyError = iota
	onlyError             // an error and nothing that was asked for
	errorBeside           // an error beside what was asked for
)

// bodyError looks for an error in an answer with a status of success.
func (a answer) bodyError() bodyError {
	body := bytes.TrimSpace(bytes.TrimPrefix(a.body, byteOrderMark))
	if !bytes.HasPrefix(body, []byte("{")) || !bytes.Contains(body, []byte(`"error"`)) && !bytes.Contains(body, []byte(`"Error"`)) {
		return noError
	}
	var o struct{ Error, Value, ID, Responses json.RawMessage }
	if json.Unmarshal(body, &o) != nil || !bytes.HasPrefix(bytes.TrimSpace(o.Error), []byte("{")) {
		return noError
	}
	if o.Value != nil || o.ID != nil || o.Responses != nil {
		return errorBeside
	}
	return onlyError
}

// providerWarning is how Microsoft's security API says that a product behind it
// failed: vendor, product, status and milliseconds
// (learn.microsoft.com/graph/api/resources/security-error-codes).
var providerWarning = regexp.MustCompile(`199\s+(?:[^\s"/]+\s+)?"?([^"/,]+)/([^"/,]+)/(\d{3})/`)

// shortfall returns what an answer with a status of success says that it lacks, nil
// where it is whole. Only 200 says that it is.
func (c *Client) shortfall(a answer, t *trip) *entity.Problem {
	var failed []string
	for _, m := range providerWarning.FindAllStringSubmatch(strings.Join(a.header.Values("Warning"), ", "), -1) {
		status, err := strconv.Atoi(m[3])
		if err == nil && (status < 200 || status > 299) {
			failed = append(failed, strings.TrimSpace(fmt.Sprintf("%s/%s failed with %d %s", clean(m[1]), clean(m[2]), status, http.StatusText(status))))
		}
	}
	failed = slices.Compact(failed)
	said := a.bodyError()
	if a.status == http.StatusOK && len(failed) == 0 && said == noError {
		return nil
	}
	p := &entity.Problem{
		Class:     entity.ClassSource,
		Code:      "partial_content",
		RequestID: firstOf(a.header.Get("request-id"), a.header.Get("client-request-id")),
		Status:    a.status,
		Cure:      cutCure,
	}
	switch {
	case len(failed) > 0:
		p.Message = "Microsoft answered in part only: " + strings.Join(failed, ", ") + "."
	case said != noError:
		e := readError(a.without(t.resource.tokens.newest().value))
		p.Code, p.RequestID = firstOf(e.code, p.Code), firstOf(e.requestID, p.RequestID)
		p.Message = "Microsoft answered in part only: " + firstOf(e.message, e.code, "it does not say what is missing.")
	default:
		p.Message = fmt.Sprintf("Microsoft answered with %d %s instead of 200 OK, and does not say what is missing.", a.status, http.StatusText(a.status))
	}
	return p
}
