package simulator

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const maxBatch = 20

// batchItem is one request of a $batch.
type batchItem struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	DependsOn []string          `json:"dependsOn"`
	Body      json.RawMessage   `json:"body"`
}

// batch answers a $batch: 200 with an answer for each item, whatever they are.
func batch(x *exchange) (*answer, error) {
	if x.batched {
		return nil, errBadRequest("Nested batch requests are not supported.")
	}
	var envelope struct {
		Requests []batchItem `json:"requests"`
	}
	if err := json.Unmarshal(x.body, &envelope); err != nil {
		return nil, errBadRequest("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	if err := checkBatch(envelope.Requests); err != nil {
		return nil, err
	}
	status := map[string]int{}
	responses := []row{}
	for _, item := range envelope.Requests {
		a, c := x.answerItem(item, status)
		status[strings.ToLower(item.ID)] = a.status
		responses = append(responses, itemRow(item, a, c))
	}
	return jsonAnswer(row{{"responses", responses}}), nil
}

// checkBatch refuses a batch as a whole when its envelope is wrong.
func checkBatch(items []batchItem) error {
	if len(items) == 0 {
		return errBadRequest("Invalid batch payload format.")
	}
	if len(items) > maxBatch {
		return newGraphError(http.StatusBadRequest, "MaximumValueExceeded", "Number of batch request steps exceeds the maximum value of %d.", maxBatch)
	}
	seen := map[string]bool{}
	for _, item := range items {
		id := strings.ToLower(item.ID)
		switch {
		case item.ID == "" || item.Method == "" || item.URL == "":
			return errBadRequest("Invalid batch payload format.")
		case seen[id]:
			return errBadRequest("Request Id %s has to be unique in a batch.", item.ID)
		case strings.Contains(item.URL, "://"):
			return errBadRequest("Invalid batch payload format. Only relative URLs are allowed in a batch.")
		}
		for _, on := range item.DependsOn {
			if !seen[strings.ToLower(on)] {
				return errBadRequest("Invalid dependency '%s' of request '%s': a request can only depend on requests before it.", on, item.ID)
			}
		}
		seen[id] = true
	}
	return nil
}

// answerItem answers one item as if it had come alone, on the batch's version.
func (x *exchange) answerItem(item batchItem, status map[string]int) (*answer, *call) {
	path, query, _ := strings.Cut(strings.TrimPrefix(item.URL, "/"), "?")
	c := &call{
		s: x.s, version: x.version, method: strings.ToUpper(item.Method), base: x.base,
		path: "/" + path, rawQuery: query, header: http.Header{}, body: item.Body, claims: x.claims,
		requestID: freshGUID(), clientRequestID: x.clientRequestID, batched: true, answerHeader: http.Header{},
	}
	for name, value := range item.Headers {
		c.header.Set(name, value)
	}
	logged := Request{At: x.s.now(), Method: c.method, Host: strings.TrimPrefix(x.base, "https://"), Path: "/" + x.version + "/" + path, Query: query, Header: c.header, Authorized: true}
	number := x.s.requests.add(logged)
	a := func() *answer {
		if slices.ContainsFunc(item.DependsOn, func(on string) bool { return status[strings.ToLower(on)] >= 400 }) {
			return c.failed(newGraphError(http.StatusFailedDependency, "FailedDependency", "Failed dependency: a request that this one depends on has failed."))
		}
		plain, err := url.QueryUnescape(query)
		if err != nil {
			plain = query
		}
		c.faults = x.s.faults.match(c.method, c.path, plain)
		for _, f := range c.faults {
			if f.RetryAfter != "" {
				c.answerHeader.Set("Retry-After", f.RetryAfter)
			}
			if f.Warning != "" {
				c.answerHeader.Set("Warning", f.Warning)
			}
			if f.replaces() {
				return f.answer(x.s, c)
			}
		}
		a, err := c.dispatch()
		if err != nil {
			return c.failed(err)
		}
		return a
	}()
	x.s.requests.setStatus(number, a.status)
	return a, c
}

// itemRow writes the answer to an item.
func itemRow(item batchItem, a *answer, c *call) row {
	headers := row{{"Cache-Control", "no-cache"}}
	for _, from := range []http.Header{c.answerHeader, a.header} {
		for _, name := range []string{"x-ms-resource-unit", "Retry-After", "Warning", "OData-Version", "x-ms-throttle-scope", "x-ms-throttle-information", "Location", "Content-Type"} {
			if v := from.Get(name); v != "" {
				headers = append(headers, field{name, v})
			}
		}
	}
	out := row{{"id", item.ID}, {"status", a.status}, {"headers", headers}}
	switch {
	case a.text != nil && json.Valid(a.text):
		out = append(out, field{"body", json.RawMessage(bytes.TrimSpace(a.text))})
	case a.text != nil:
		out = append(out, field{"body", string(a.text)})
	case a.body != nil:
		out = append(out, field{"body", a.body})
	}
	return out
}
