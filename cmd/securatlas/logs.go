package main

import (
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// logDays say how much is read and kept of logs that grow without end.
type logDays struct {
	SignInsFirstDays int `env:"SECURATLAS_SIGN_INS_FIRST_DAYS" default:"30" help:"Days that the first sync reads of sign-ins." placeholder:"N"`
	SignInsKeepDays  int `env:"SECURATLAS_SIGN_INS_KEEP_DAYS" default:"30" help:"Days for which sign-ins are kept." placeholder:"N"`
	AuditsFirstDays  int `env:"SECURATLAS_AUDITS_FIRST_DAYS" default:"30" help:"Days that the first sync reads of the Entra audit log." placeholder:"N"`
	AuditsKeepDays   int `env:"SECURATLAS_AUDITS_KEEP_DAYS" default:"180" help:"Days for which the Entra audit log is kept." placeholder:"N"`
}

// apply puts them into the catalogue.
func (l logDays) apply(c *entity.Catalogue) error {
	for _, log := range []struct {
		kind, flag  string
		first, keep int
	}{
		{"sign_ins", "--sign-ins", l.SignInsFirstDays, l.SignInsKeepDays},
		{"directory_audits", "--audits", l.AuditsFirstDays, l.AuditsKeepDays},
	} {
		if err := checkDays(log.flag+"-first-days", log.first); err != nil {
			return err
		}
		if err := checkDays(log.flag+"-keep-days", log.keep); err != nil {
			return err
		}
		if log.first > log.keep {
			return badUsage("%s-first-days must not be more than %s-keep-days: what is read would be dropped again", log.flag, log.flag)
		}
		span := c.Def(log.kind).Parts[0].Span
		span.First, span.Keep = days(log.first), days(log.keep)
	}
	return nil
}

// maxDays is a century. Some 106,000 days are more than a time.Duration holds:
// they would wrap to a short time, after which all would be deleted.
const maxDays = 36500

func checkDays(flag string, n int) error {
	if n < 1 || n > maxDays {
		return badUsage("%s must be from 1 to %d", flag, maxDays)
	}
	return nil
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
