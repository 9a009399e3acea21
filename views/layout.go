package views

// htmxConfig is read by htmx from the page's head. No indicator styles, no eval
// and no scripts in answers, since the content security policy forbids them; no
// history in the browser's storage, since pages hold tenant data. Answers in
// the 400s and 500s are not swapped in by default; app.js swaps those that the
// server marks with HX-Retarget.
const htmxConfig = `{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,` +
	`"selfRequestsOnly":true,"historyCacheSize":0,"refreshOnHistoryMiss":true,"timeout":60000,` +
	`"responseHandling":[{"code":"204","swap":false},{"code":"422","swap":true},` +
	`{"code":"[23]..","swap":true},{"code":"[45]..","swap":false,"error":true}]}`

// roleTitle is a role as pages show it.
func roleTitle(role string) string {
	switch role {
	case "owner":
		return "Owner"
	case "admin":
		return "Admin"
	default:
		return "Viewer"
	}
}
