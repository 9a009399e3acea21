// Package simulator is a simulated Microsoft cloud: login, Microsoft Graph
// (v1.0 and beta), Defender for Endpoint and the Office 365 Management Activity
// API, served over TLS for one made-up tenant. The demo and the tests run
// against it, and any other client of Microsoft Graph can.
//
// It is written from Microsoft's documents and from answers of the live
// services that others have published, never from the code that it tests, and
// it is as strict as Microsoft: wrong queries, missing permissions, missing
// licences and exceeded limits fail with Microsoft's status, code and text.
package simulator
