package simulator

// scored is an answer with a score of today.
func (q *defenderRequest) scored(score float64) (any, error) {
	return row{{"@odata.context", q.context()}, {"time", q.tenant.today.Format(instantWithFraction)}, {"score", score}}, nil
}

func (q *defenderRequest) exposureScore() (any, error) { return q.scored(33.491554051195706) }

func (q *defenderRequest) configurationScore() (any, error) { return q.scored(340) }

func (q *defenderRequest) exposureByGroup() (any, error) {
	at := q.tenant.today.Format(instantWithFraction)
	return q.list([]row{
		{{"time", at}, {"score", 37.38}, {"rbacGroupName", "Workplace"}},
		{{"time", at}, {"score", 12.5}, {"rbacGroupName", "Servers"}},
	}, ""), nil
}
