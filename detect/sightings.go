package detect

import "iter"

// orphan is the position of an orphan failure (see [Orphan]), below 2³¹, and in
// its lowest bit whether it is no fresh one: a device or job repeating itself,
// which does not count.
type orphan uint32

func newOrphan(attempt uint32, repeat bool) orphan {
	o := orphan(attempt) << 1
	if repeat {
		o |= 1
	}
	return o
}

func (o orphan) attempt() uint32 { return uint32(o >> 1) }
func (o orphan) repeat() bool    { return o&1 != 0 }

// sightings lists orphans scene by scene, those of one in order of time. There
// may be millions of them, and of lists of a few as well.
type sightings struct {
	list []orphan
	ends []sceneEnd
}

// sceneEnd says that the orphans up to end are those of a scene.
type sceneEnd struct{ scene, end uint32 }

// sightingsAt lists the orphans of the first scene.
func sightingsAt(list []orphan) sightings {
	return sightings{list, []sceneEnd{{0, uint32(len(list))}}}
}

// add puts an orphan of a scene, which must not be before the last one's.
func (x *sightings) add(scene int, o orphan) {
	x.list = append(x.list, o)
	if n := len(x.ends); n == 0 || x.ends[n-1].scene != uint32(scene) {
		x.ends = append(x.ends, sceneEnd{scene: uint32(scene)})
	}
	x.ends[len(x.ends)-1].end = uint32(len(x.list))
}

// byScene goes through the scenes that have orphans.
func (x *sightings) byScene() iter.Seq2[int, []orphan] {
	return func(yield func(int, []orphan) bool) {
		from := uint32(0)
		for _, e := range x.ends {
			if !yield(int(e.scene), x.list[from:e.end]) {
				return
			}
			from = e.end
		}
	}
}
