package microsoft

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// batchRequest and batchResponse are what a batch is on the wire.
type batchRequest struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
}

type batchResponse struct {
	ID      string                     `json:"id"`
	Status  int                        `json:"status"`
	Headers map[string]json.RawMessage `json:"headers"`
	Body    json.RawMessage            `json:"body"`
}

// send sends items as one batch and returns the answers that came, by item.
func (r *batchReader) send(ctx context.Context, numbers []int) (map[int]*answer, error) {
	h := headers(r.trip.resource.name, r.trip.part.Headers)
	requests := make([]batchRequest, len(numbers))
	for i, number := range numbers {
		requests[i] = batchRequest{strconv.Itoa(i + 1), http.MethodGet, r.relative(number), h}
	}
	body, err := json.Marshal(map[string]any{"requests": requests})
	if err != nil {
		return nil, internal("write a batch of requests", err)
	}
	var answers map[int]*answer
	r.lacks = nil
	err = r.client.send(ctx, r.trip, request{
		url:     r.envelope(),
		headers: map[string]string{"Accept": "application/json"},
		body:    body,
		weight:  len(numbers),
		lacks:   func(p *entity.Problem) { r.lacks = p },
	}, func(body []byte) (failed *failure) {
		answers, failed = splitBatch(body, numbers)
		return failed
	})
	return answers, err
}

func (r *batchReader) envelope() *url.URL { return r.root.JoinPath("$batch") }

// splitBatch takes the answer to a batch apart. It may lack answers, but an
// answer that belongs to no request, or is not the only one, makes all of them
// doubtful.
func splitBatch(body []byte, numbers []int) (map[int]*answer, *failure) {
	var envelope struct {
		Responses *[]batchResponse `json:"responses"`
	}
	if failed := decode(body, &envelope); failed != nil {
		return nil, failed
	}
	if envelope.Responses == nil {
		return nil, broken("Microsoft's answer to a batch has no list of responses.")
	}
	answers := make(map[int]*answer, len(numbers))
	for _, response := range *envelope.Responses {
		i, err := strconv.Atoi(response.ID)
		if err != nil || i < 1 || i > len(numbers) || answers[numbers[i-1]] != nil {
			return nil, broken("Microsoft's answer to a batch does not fit its requests.")
		}
		answers[numbers[i-1]] = response.answer()
	}
	return answers, nil
}

// answer makes of a response in a batch what the same request would have
// brought alone.
func (b batchResponse) answer() *answer {
	a := &answer{status: b.Status, header: http.Header{}, body: b.Body}
	for name, raw := range b.Headers {
		value := text(raw)
		if value == "" {
			value = strings.Trim(string(raw), `"`) // a number
		}
		a.header.Set(name, value)
	}
	// What is not JSON, such as a gateway's error page, comes as a string.
	if s := text(b.Body); s != "" {
		a.body = []byte(s)
	}
	if string(a.body) == "null" {
		a.body = nil
	}
	return a
}
