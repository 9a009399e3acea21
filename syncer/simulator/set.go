package simulator

import (
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// set is a collection of the directory: objects that follow from the seed, and
// over them what was edited, added and removed. An object keeps its position
// for good, so that the position in a page token stays right whatever changes.
type set struct {
	made  int // objects that follow from the seed
	make  func(position int) object
	known map[[16]byte]int32 // ids of those → position

	added []map[string]any
	ids   map[string]int // lower-case ids of the added ones → position
	edits map[int]map[string]any
	gone  map[int]removal
	log   []event
}

// removal is how an object went.
type removal struct{ permanent bool }

// event is one change, for delta queries.
type event struct {
	seq        uint64
	position   int
	properties []string // changed ones; nil: the object came or went
	members    []memberEvent
}

func newSet(made int, makeObject func(int) object, id func(int) string) *set {
	s := &set{made: made, make: makeObject, known: make(map[[16]byte]int32, made),
		ids: map[string]int{}, edits: map[int]map[string]any{}, gone: map[int]removal{}}
	for i := range made {
		s.known[rawGUID(id(i))] = int32(i)
	}
	return s
}

func rawGUID(id string) (raw [16]byte) {
	if !isGUID(id) {
		return raw
	}
	_, _ = hex.Decode(raw[:], []byte(strings.ReplaceAll(strings.ToLower(id), "-", "")))
	return raw
}

// size is the number of positions, removed objects included.
func (s *set) size() int { return s.made + len(s.added) }

// live is the number of objects.
func (s *set) live() int { return s.size() - len(s.gone) }

// at returns the object at a position, or nil when it is gone.
func (s *set) at(position int) object {
	if position < 0 || position >= s.size() {
		return nil
	}
	if _, gone := s.gone[position]; gone {
		return nil
	}
	return s.even(position)
}

// even returns the object at a position, even one that is gone.
func (s *set) even(position int) object {
	var o object
	if position < s.made {
		o = s.make(position)
	} else {
		o = bag(s.added[position-s.made])
	}
	if over := s.edits[position]; over != nil {
		return edited{o, over}
	}
	return o
}

// find returns the position of the object with an id.
func (s *set) find(id string) (int, bool) {
	position, ok := s.ids[strings.ToLower(id)]
	if !ok && isGUID(id) {
		var p int32
		p, ok = s.known[rawGUID(id)]
		position = int(p)
	}
	if _, gone := s.gone[position]; !ok || gone {
		return 0, false
	}
	return position, true
}

// list returns the ids of all objects, in the order of lists.
func (s *set) list() []string {
	out := make([]string, 0, s.live())
	for i := range s.size() {
		if o := s.at(i); o != nil {
			out = append(out, text(o, "id"))
		}
	}
	return out
}

func (s *set) add(properties map[string]any, seq uint64) {
	position := s.size()
	s.added = append(s.added, properties)
	s.ids[strings.ToLower(properties["id"].(string))] = position
	s.log = append(s.log, event{seq: seq, position: position})
}

// edit changes properties. The maps of earlier edits stay as they are: pages
// that are being written hold them.
func (s *set) edit(position int, properties map[string]any, seq uint64) {
	over := maps.Clone(s.edits[position])
	if over == nil {
		over = map[string]any{}
	}
	maps.Copy(over, properties)
	delete(over, "id")
	s.edits[position] = over
	s.log = append(s.log, event{seq: seq, position: position, properties: slices.Sorted(maps.Keys(properties))})
}

func (s *set) remove(position int, permanent bool, seq uint64) {
	s.gone[position] = removal{permanent}
	s.log = append(s.log, event{seq: seq, position: position})
}

// restore brings back the object with an id. ok is false where it is not gone.
func (s *set) restore(id string, seq uint64) (position int, ok bool) {
	for position := range s.gone {
		if strings.EqualFold(text(s.even(position), "id"), id) {
			if _, taken := s.find(id); taken {
				return 0, false
			}
			delete(s.gone, position)
			s.log = append(s.log, event{seq: seq, position: position})
			return position, true
		}
	}
	return 0, false
}
