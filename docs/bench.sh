#!/bin/sh
# Measures everything that docs/performance.md shows of the scan, part by part, into files of a folder:
#
#   docs/bench.sh DIR              all that DIR does not have yet; remove a file to measure its part again
#   docs/bench.sh DIR goal cores   these parts only
#   QUICK=1 docs/bench.sh DIR      a few seconds a part: to see that it works, not how fast it is
#
# Then `make bench-report OUT=DIR` makes the tables and charts. `make bench` does both.
# MILLRACE_TWEETS names a file of real tweets for the parts keywords and ranges (.ndjson, .gz or .zst); without it they go
# over generated ones of about 700 bytes. ROUNDS (5) and MILLRACE (bin/millrace) can be set, too.
set -eu
dir=${1:?folder for the results}
shift
millrace=${MILLRACE:-bin/millrace}
generator=${RANDOM_QUERIES:-go run ./integration/random/cmd/random-queries}
many=100,1000,10000 most=100,1000,10000,100000 scale="--rounds ${ROUNDS:-5} --round 2s --limit 30s" profiled="--rounds 1 --round 15s"
pair=1000,10000
if [ -n "${QUICK:-}" ]; then
	many=100,1000 most=100,1000 scale="--rounds 1 --round 50ms --limit 1s --documents 2000" profiled="--rounds 1 --round 500ms --documents 2000"
	pair=1000
fi
tweets=${MILLRACE_TWEETS:-}
unset MILLRACE_TWEETS # it is no setting of millrace
short="--input generated --lean"
if [ -n "$tweets" ]; then
	short="--input $tweets"
elif [ -z "${QUICK:-}" ]; then
	short="$short --documents 200000"
fi
cores=1
if [ "$(nproc)" -gt 1 ]; then
	cores=1,2
fi
levels=
for level in none scan subexpressions aggregations all all,-scan all,-subexpressions all,-aggregations all,-fragments; do
	levels="$levels --share $level"
done
mkdir -p "$dir"
wanted=" $* "

# wants NAME: whether the part is to be measured.
wants() {
	case "$wanted" in
	"  " | *" $1 "*) ;;
	*) return 1 ;;
	esac
	[ ! -s "$dir/$1.jsonl" ] || { echo "bench: $1 is there already: $dir/$1.jsonl" >&2; return 1; }
	echo "bench: $1" >&2
}

# part NAME FLAGS…: measures one part, and has its file only when all of it has been.
part() {
	name=$1
	shift
	wants "$name" || return 0
	"$millrace" bench scan --format json "$@" > "$dir/$name.unfinished"
	mv "$dir/$name.unfinished" "$dir/$name.jsonl"
}

# The goals, against closures and segmentio in the same run.
part goal $scale --mix mixed --queries 1,$most --engine shared,closure,segmentio

# Keywords and ranges over short tweets.
part keywords $scale $short --mix keywords --queries 1,$many --engine shared,closure
part ranges $scale $short --mix ranges --queries 1,$many --engine shared,closure

# What every kind of sharing brings.
for mix in mixed overlap groupby ranges; do
	part ablation-$mix $scale --mix $mix --queries 1,$pair $levels
done

# How the cost of a document grows with queries.
for mix in keywords mixed conjunctions overlap groupby ranges churn worst; do
	part growth-$mix $scale --mix $mix --queries 1,10,$most
done

# Queries that nobody chose: random ones over the whole dialect, and such as people leave standing.
for kind in sql sql-standing; do
	wants $kind || continue
	flags=
	[ $kind = sql ] || flags=-standing
	$generator -count 1000 -seed 1 $flags -out "$dir/random${kind#sql}.sql"
	"$millrace" bench scan --format json $scale --sql "$dir/random${kind#sql}.sql" --queries 1,1000 --engine shared,closure > "$dir/$kind.unfinished"
	mv "$dir/$kind.unfinished" "$dir/$kind.jsonl"
done

# Two cores against one, and the paths of the decoder, each within one run.
part cores $scale --mix mixed --queries 1,$pair --cores $cores
part decoder $scale --mix mixed --queries 1,$pair --decoder auto,portable

# Where time goes.
for n in 1 $(echo $most | tr , ' '); do
	part profile-$n $profiled --mix mixed --queries $n --profile "$dir/profile-$n.prof"
done
