// Package admission decides about submissions: it turns each [kafka.Record] of
// millrace.queries into the registry and status records that follow from it.
//
// An [Admitter] holds the [State] that the registry describes. What it decides is
// provisional until Commit; Abort forgets it, as the transaction did that the
// records were written in. It does no input or output itself: topics of streams are made
// by the Topic of its [Config].
//
//	state := admission.NewState(cat)      // and Read every record of the registry
//	a := admission.New(state, admission.Config{Topic: topic, Now: time.Now})
//	out, err := a.Decide(ctx, &submission) // write these in one transaction
//	a.Commit()
package admission
