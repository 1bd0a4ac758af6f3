package build

import "github.com/millrace/millrace/libs/exec/scan"

// member is what a bag holds. It knows its place there, and what programs have of it.
type member[T any] interface {
	comparable
	place() *int32
	made() T
}

// bag holds members in no order. Adding one and removing one take about the same
// time however many there are, and so does the list for the next program. Its zero
// value is empty. There are many, most of them of one member: they are small.
type bag[M member[T], T any] struct {
	one  M            // the only member
	many *crowd[M, T] // nil: there is one member at most
}

// crowd are several members, by place.
type crowd[M member[T], T any] struct {
	members []M
	made    scan.Roll[T]
}

func (b *bag[M, T]) len() int {
	var none M
	switch {
	case b.many != nil:
		return len(b.many.members)
	case b.one != none:
		return 1
	default:
		return 0
	}
}

// only returns the only member.
func (b *bag[M, T]) only() (m M, ok bool) {
	var none M
	return b.one, b.one != none
}

// add adds a member that is in no other place of its kind.
func (b *bag[M, T]) add(m M) {
	var none M
	switch {
	case b.many != nil:
		b.many.add(m)
	case b.one == none:
		b.one = m
	default:
		b.many = new(crowd[M, T])
		b.many.add(b.one)
		b.many.add(m)
		b.one = none
	}
}

func (c *crowd[M, T]) add(m M) {
	*m.place() = int32(len(c.members))
	c.members = append(c.members, m)
	c.made.Push(m.made())
}

// remove removes a member; the last one takes its place.
func (b *bag[M, T]) remove(m M) {
	var none M
	if b.many == nil {
		b.one = none
		return
	}
	c := b.many
	at, last := *m.place(), len(c.members)-1
	moved := c.members[last]
	c.members[at] = moved
	*moved.place() = at
	c.made.Set(at, c.made.At(int32(last)))
	c.made.Pop()
	c.members[last] = none
	switch c.members = c.members[:last]; {
	case last == 1:
		b.one, b.many = c.members[0], nil
	case cap(c.members) > 4*last:
		c.members = append(make([]M, 0, 2*last), c.members...)
	}
}

// remade has the next list hold what is made of a member now.
func (b *bag[M, T]) remade(m M) {
	if b.many != nil {
		b.many.made.Set(*m.place(), m.made())
	}
}

// list returns what is made of the members.
func (b *bag[M, T]) list() scan.List[T] {
	var none M
	switch {
	case b.many != nil:
		return b.many.made.List()
	case b.one != none:
		return scan.ListOf(b.one.made())
	default:
		return scan.List[T]{}
	}
}
