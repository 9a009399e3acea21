package microsoft

import (
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"strings"
	"unicode"

	jsonserialization "github.com/microsoft/kiota-serialization-json-go"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"
)

// apiError is what an error answer says.
type apiError struct {
	code, message string
	requestID     string
	texts         string // all that the classifier looks into, in lower case
	html          bool   // a web page came, or stands in place of the message
}

// readError reads an error answer. Nothing in it is certain: the code or the
// message may be empty, the message may be JSON in a string, the whole may be
// a gateway's web page.
func readError(a answer) apiError {
	var e apiError
	var inner string
	if !a.isHTML() {
		e, inner = readOData(a.body)
		if e.code == "" && e.message == "" {
			e.code, e.message = readLoose(a.body)
		}
	}
	if e.message == "" && a.isHTML() {
		e.message = html.UnescapeString(pageTitle(a.body))
	}
	nested := e.message
	var nestedCode string
	e.message, nestedCode = unwrap(e.message)
	e.html = a.isHTML() || webPage.MatchString(e.message)
	e.texts = strings.ToLower(strings.Join([]string{e.code, e.message, inner, nestedCode, nested}, "\n"))
	e.code, e.message = clean(e.code), clean(e.message)
	e.requestID = firstOf(a.header.Get("request-id"), e.requestID, a.header.Get("client-request-id"))
	return e
}

// readOData reads Graph's error object with the SDK's types; Defender's has
// the same shape. Error() of these types is never called: it panics where the
// message is missing.
func readOData(body []byte) (e apiError, inner string) {
	node, err := jsonserialization.NewJsonParseNode(body)
	if err != nil || node == nil {
		return e, ""
	}
	parsed, err := node.GetObjectValue(odataerrors.CreateODataErrorFromDiscriminatorValue)
	if err != nil {
		return e, ""
	}
	odata, ok := parsed.(*odataerrors.ODataError)
	if !ok {
		return e, ""
	}
	main := odata.GetErrorEscaped()
	if main == nil {
		return e, ""
	}
	e.code, e.message = deref(main.GetCode()), deref(main.GetMessage())
	e.requestID = deref(main.GetTarget())
	if i := main.GetInnerError(); i != nil {
		e.requestID = firstOf(deref(i.GetRequestId()), e.requestID)
		if code, ok := i.GetAdditionalData()["code"].(*string); ok {
			inner = deref(code)
		}
	}
	return e, inner
}

// readLoose finds a code and a message in an object that is not Graph's.
func readLoose(body []byte) (code, message string) {
	var o struct {
		Error, Code, ErrorCode, Message json.RawMessage
		Description                     json.RawMessage `json:"error_description"`
	}
	if json.Unmarshal(body, &o) != nil {
		return "", ""
	}
	if strings.HasPrefix(strings.TrimSpace(string(o.Error)), "{") {
		return readLoose(o.Error)
	}
	return firstOf(text(o.Code), text(o.ErrorCode), text(o.Error)), firstOf(text(o.Message), text(o.Description))
}

// text returns the string in raw JSON, or "".
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// unwrap returns the message inside a message that is JSON in a string, and
// the code beside it.
func unwrap(message string) (string, string) {
	code := ""
	for range 3 {
		trimmed := strings.TrimSpace(message)
		if !strings.HasPrefix(trimmed, "{") || !json.Valid([]byte(trimmed)) {
			break
		}
		c, m := readLoose([]byte(trimmed))
		if c != "" {
			code = c
		}
		message = m
	}
	return message, code
}

var (
	webPage   = regexp.MustCompile(`(?is)<(!doctype|html|head|title|body|h[1-6]|p|div|script|style|br|center|pre)\b[^>]*>`)
	unseen    = regexp.MustCompile(`(?is)<(script|style|head)\b.*?</(script|style|head)>`)
	anyTag    = regexp.MustCompile(`(?s)</?[a-zA-Z!][^>]*>`)
	titleTag  = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	spaces    = regexp.MustCompile(`\s+`)
	tokenText = regexp.MustCompile(`eyJ[\w-]{8,}\.[\w-]+(\.[\w-]*)?`)
)

func pageTitle(body []byte) string {
	if m := titleTag.FindSubmatch(body); m != nil {
		return string(m[1])
	}
	return ""
}

// plainText is the title of a web page or, without one, its text.
func plainText(page string) string {
	if title := strings.TrimSpace(pageTitle([]byte(page))); title != "" {
		return html.UnescapeString(title)
	}
	text := html.UnescapeString(anyTag.ReplaceAllString(unseen.ReplaceAllString(page, " "), " "))
	return anyTag.ReplaceAllString(text, " ")
}

// clean makes Microsoft's words fit for a page and a terminal: one line, not
// endless, without control characters and anything that looks like a token. Of a
// web page only what a person reads is left.
func clean(s string) string {
	if webPage.MatchString(s) {
		s = plainText(s)
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = tokenText.ReplaceAllString(s, "(token)")
	// Intune and the login service add ids and times, which are kept elsewhere.
	for _, tail := range []string{" - Operation ID", "Trace ID:", "Correlation ID:"} {
		s, _, _ = strings.Cut(s, tail)
	}
	s = strings.TrimSpace(spaces.ReplaceAllString(s, " "))
	const limit = 600
	if r := []rune(s); len(r) > limit {
		s = string(r[:limit]) + "…"
	}
	return s
}

// silence is the message for an answer without one.
func silence(status int) string {
	name := http.StatusText(status)
	if name == "" {
		name = "an unknown status"
	}
	return "Microsoft gave no reason (" + name + ")."
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
