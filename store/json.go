package store

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/securatlas/securatlas/syncer/entity"
)

// marshalProblem is a problem as it is stored: JSON, NULL when there is none.
func marshalProblem(p *entity.Problem) any {
	if p == nil {
		return nil
	}
	b, err := json.Marshal(p)
	if err != nil { // cannot be: a problem holds texts, a number and a time
		panic(err)
	}
	return string(b)
}

// unmarshalProblem is the inverse of marshalProblem.
func unmarshalProblem(s sql.NullString) (*entity.Problem, error) {
	if !s.Valid {
		return nil, nil
	}
	p := new(entity.Problem)
	if err := json.Unmarshal([]byte(s.String), p); err != nil {
		return nil, fmt.Errorf("read a stored problem: %w", err)
	}
	return p, nil
}

// marshalStrings is a list as it is stored: a JSON array, never null.
func marshalStrings(list []string) string {
	if list == nil {
		list = []string{}
	}
	b, err := json.Marshal(list)
	if err != nil { // cannot be: strings always marshal
		panic(err)
	}
	return string(b)
}

// unmarshalStrings is the inverse of marshalStrings.
func unmarshalStrings(s string) ([]string, error) { return unmarshalList[string](s) }

func unmarshalList[T any](s string) ([]T, error) {
	var list []T
	if err := json.Unmarshal([]byte(s), &list); err != nil {
		return nil, fmt.Errorf("read a stored list: %w", err)
	}
	return list, nil
}
