package entity

// Feed says what is read from the Office 365 Management Activity API, which
// offers audit records in blobs: those of a window of time are listed for each
// type of content, and each blob is then read by itself
// (learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference).
// The part's Span goes by the time at which a blob became available.
type Feed struct {
	ContentTypes []string // "Audit.Exchange"
}

// ContentTypePath is the path of a column that tells in which type of content a
// record of a feed came.
const ContentTypePath = "@contentType"
