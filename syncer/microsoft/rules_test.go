package microsoft

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/syncer/entity"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	const segment = "resource not found for the segment 'things'."
	for name, test := range map[string]struct {
		question
		class entity.Class
		then  reaction
	}{
		// Nothing is found, for whatever reason: only words say that it is no more.
		"404 of a first list":            {question{status: 404}, entity.ClassSource, giveUp},
		"404 of a list read before":      {question{status: 404, before: true}, entity.ClassSource, giveUp},
		"404 behind a link":              {question{status: 404, page: 2}, entity.ClassSource, giveUp},
		"410":                            {question{status: 410}, entity.ClassSource, giveUp},
		"404 UnknownError":               {question{status: 404, code: "unknownerror", words: "404 page not found"}, entity.ClassSource, giveUp},
		"404 ErrorInvalidUser":           {question{status: 404, code: "errorinvaliduser", words: "the requested user is invalid."}, entity.ClassSource, giveUp},
		"404 ResourceNotFound":           {question{status: 404, code: "resourcenotfound", silent: true}, entity.ClassSource, giveUp},
		"404 Request_ResourceNotFound":   {question{status: 404, code: "request_resourcenotfound", words: "resource 'x' does not exist"}, entity.ClassSource, giveUp},
		"404, a path's words":            {question{status: 404, words: segment}, entity.ClassRetired, giveUp},
		"400, a path's words":            {question{status: 400, words: segment}, entity.ClassRetired, giveUp},
		"410, a path's words":            {question{status: 410, words: segment}, entity.ClassRetired, giveUp},
		"a path's words of a list read":  {question{status: 404, words: segment, before: true}, entity.ClassSource, giveUp},
		"a path's words behind a link":   {question{status: 404, words: segment, page: 3}, entity.ClassSource, giveUp},
		"a path's words on a web page":   {question{status: 404, words: segment, html: true}, entity.ClassSource, giveUp},
		"announced, 404":                 {question{status: 404, announced: true}, entity.ClassRetired, giveUp},
		"announced, 410, read before":    {question{status: 410, announced: true, before: true}, entity.ClassRetired, giveUp},
		"announced, 500":                 {question{status: 500, announced: true}, entity.ClassRetired, giveUp},
		"announced, behind a link":       {question{status: 404, announced: true, page: 2}, entity.ClassSource, giveUp},
		"announced, limited":             {question{status: 429, announced: true}, entity.ClassThrottled, tryAgain},
		"announced, a permission by 401": {question{status: 401, announced: true, code: "x", words: "s2sunauthorized"}, entity.ClassRetired, giveUp},
		"announced, an old token":        {question{status: 401, announced: true, code: "invalidauthenticationtoken"}, entity.ClassCredential, newToken},

		// A list without rows.
		"no rows":                  {question{status: 404, none: true, code: "notfound"}, entity.ClassSource, noRows},
		"no rows, the other code":  {question{status: 404, none: true, code: "resourcenotfound", before: true}, entity.ClassSource, noRows},
		"no rows behind a link":    {question{status: 404, none: true, code: "notfound", page: 2}, entity.ClassSource, giveUp},
		"no rows, an unknown code": {question{status: 404, none: true, code: "unknownerror"}, entity.ClassSource, giveUp},
		"no rows, no code":         {question{status: 404, none: true, silent: true}, entity.ClassSource, giveUp},
		"no rows, a web page":      {question{status: 404, none: true, code: "notfound", html: true}, entity.ClassSource, giveUp},
		"no rows, 410":             {question{status: 410, none: true, code: "notfound"}, entity.ClassSource, giveUp},
		"no rows, a path's words":  {question{status: 404, none: true, code: "notfound", words: segment}, entity.ClassRetired, giveUp},
		"a list that is not so":    {question{status: 404, code: "notfound"}, entity.ClassSource, giveUp},

		// A place in a list that was forgotten.
		"expired page token":   {question{status: 400, page: 2, code: "directory_expiredpagetoken"}, entity.ClassSource, startOver},
		"Invalid Skip Token":   {question{status: 400, page: 2, words: "invalid skip token"}, entity.ClassSource, startOver},
		"skip token is null":   {question{status: 400, page: 2, code: "unknownerror", words: "invalid skip token, skip token is null"}, entity.ClassSource, startOver},
		"skiptoken":            {question{status: 400, page: 2, words: "the $skiptoken is not valid."}, entity.ClassSource, startOver},
		"skiptoken, 410":       {question{status: 410, page: 2, words: "skiptoken has expired"}, entity.ClassSource, startOver},
		"invalid page token":   {question{status: 400, page: 2, code: "request_unsupportedquery", words: "unable to execute query; invalid page token specified."}, entity.ClassSource, startOver},
		"page token not found": {question{status: 404, page: 2, words: "directorypagetokennotfoundexception"}, entity.ClassSource, startOver},
		"continuation token":   {question{status: 400, page: 2, words: "invalid continuation token"}, entity.ClassSource, startOver},
		"sync state":           {question{status: 400, page: 2, words: "parsingfailed\ninvalid sync state"}, entity.ClassSource, startOver},

		// Refusals.
		"403, all granted":            {question{status: 403}, entity.ClassSource, giveUp},
		"403, some missing":           {question{status: 403, granted: someMissing}, entity.ClassPermission, giveUp},
		"403, not told":               {question{status: 403, granted: maybeMissing}, entity.ClassPermission, giveUp},
		"403, a licence":              {question{status: 403, granted: someMissing, words: "your tenant is not licensed for this feature."}, entity.ClassLicence, giveUp},
		"401":                         {question{status: 401}, entity.ClassCredential, newToken},
		"401, a licence":              {question{status: 401, words: "account mode is inactive"}, entity.ClassLicence, giveUp},
		"service health, not granted": {question{status: 403, scope: entity.ThrottleServiceCom, code: "unknownerror", silent: true, granted: someMissing}, entity.ClassPermission, giveUp},
		"service health, granted":     {question{status: 401, scope: entity.ThrottleServiceCom, code: "unknownerror", silent: true}, entity.ClassLicence, giveUp},
		"elsewhere":                   {question{status: 403, scope: entity.ThrottlePolicy, code: "unknownerror", silent: true}, entity.ClassSource, giveUp},

		// What passes.
		"408":                        {question{status: 408}, entity.ClassSource, tryAgain},
		"429":                        {question{status: 429}, entity.ClassThrottled, tryAgain},
		"throttled, in words":        {question{status: 403, code: "unknownerror", words: "this request is throttled. please try again"}, entity.ClassThrottled, tryAgain},
		"500":                        {question{status: 500, words: segment}, entity.ClassSource, tryAgain},
		"503":                        {question{status: 503}, entity.ClassSource, tryAgain},
		"501":                        {question{status: 501}, entity.ClassSource, giveUp},
		"418":                        {question{status: 418}, entity.ClassSource, giveUp},
		"302":                        {question{status: 302}, entity.ClassData, giveUp},
		"a status that there is not": {question{status: 999}, entity.ClassSource, giveUp},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := judge(test.question)
			assert.Equal(t, test.class, got.class)
			assert.Equal(t, test.then, got.then)
		})
	}
}
