// Package slots gives every scheduler of a fleet a place of its own.
//
// A [Lease] is a key in Redis that names a slot's owner and expires unless it is
// renewed. From the slot's number follow the transactional ids of its owner, so
// that whoever takes the slot next fences whoever had it before. Leases are for
// liveness only: two owners of one slot, after Redis has lost the key, fence each
// other in Kafka, and nothing is counted twice.
//
// [Watch] tells a survivor which slots' leases have expired, so that it can end
// their transactions at once instead of after the time-out.
//
//	lease, err := slots.Acquire(ctx, rdb, owner, nil)
//	defer lease.Release()
//	err = lease.Keep(ctx, clock) // until another has it
package slots
