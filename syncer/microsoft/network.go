package microsoft

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// networkFailure says why no whole answer came from a host.
func networkFailure(err error, host string, timeout time.Duration) *failure {
	p := &entity.Problem{Class: entity.ClassNetwork}
	f := &failure{problem: p, then: tryAgain}
	var (
		dns      *net.DNSError
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		verify   *tls.CertificateVerificationError
		record   tls.RecordHeaderError
		alert    tls.AlertError
		timeouts net.Error
	)
	switch {
	case errors.As(err, &unknown):
		p.Code, f.then = "tls", giveUp
		p.Message = fmt.Sprintf("The certificate of %s is not signed by an authority that this machine trusts.", host)
		p.Cure = "If a proxy on your network inspects TLS, add its root certificate to the file that SSL_CERT_FILE names and restart SecurAtlas."
	case errors.As(err, &hostname):
		p.Code, f.then = "tls", giveUp
		p.Message = fmt.Sprintf("The certificate that was shown for %s is another host's.", host)
		p.Cure = "Check the name server and the proxy on this machine's network: something else answers in Microsoft's place."
	case errors.As(err, &invalid), errors.As(err, &verify):
		p.Code, f.then = "tls", giveUp
		p.Message = fmt.Sprintf("The certificate of %s is not valid.", host)
		p.Cure = "Check this machine's clock. If it is right, the proxy on your network shows a certificate that has expired."
	case errors.As(err, &record), errors.As(err, &alert), errors.Is(err, http.ErrSchemeMismatch):
		p.Code, f.then = "tls", giveUp
		p.Message = fmt.Sprintf("No TLS connection to %s could be made.", host)
		p.Cure = "Check that nothing on the network answers in Microsoft's place, and that HTTPS_PROXY is right if you use a proxy."
	case errors.As(err, &dns):
		p.Code = "dns"
		p.Message = fmt.Sprintf("The name %s could not be resolved.", host)
		p.Cure = "Check that this machine has a name server and reaches the internet, or set HTTPS_PROXY if it goes through a proxy."
	case errors.Is(err, syscall.ECONNREFUSED):
		p.Code = "refused"
		p.Message = fmt.Sprintf("%s refused the connection.", host)
		p.Cure = "Check the firewall and, if you use one, the proxy in HTTPS_PROXY."
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		p.Code = "unreachable"
		p.Message = fmt.Sprintf("There is no route to %s.", host)
		p.Cure = "Check that this machine reaches the internet, or set HTTPS_PROXY if it goes through a proxy."
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeouts) && timeouts.Timeout():
		p.Code = "timeout"
		p.Message = fmt.Sprintf("%s gave no whole answer within %d seconds.", host, int(timeout.Seconds()))
		p.Cure = "SecurAtlas tries again at the next sync. If this stays, check the connection to the internet and the proxy."
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		p.Code = "dropped"
		p.Message = fmt.Sprintf("The connection to %s broke off.", host)
		p.Cure = "SecurAtlas tries again at the next sync. If this stays, check the connection to the internet and the proxy."
	default:
		p.Code = "network"
		p.Message = fmt.Sprintf("The request to %s failed: %s.", host, strings.TrimSuffix(clean(innermost(err)), "."))
		p.Cure = "Check the connection to the internet and, if you use one, the proxy in HTTPS_PROXY."
	}
	return f
}

// innermost is an error's text without the request's URL, which is long and
// can carry page tokens.
func innermost(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err.Error()
	}
	return err.Error()
}
