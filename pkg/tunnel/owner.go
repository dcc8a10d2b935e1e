package tunnel

// owner is whose program is at the other end of a connection on this machine.
type owner int

const (
	ownerUnknown owner = iota // the system does not say
	ownerSelf                 // the user's, or of root, who may do whatever the user may
	ownerOther                // another user's, or a program's that is gone already
)
