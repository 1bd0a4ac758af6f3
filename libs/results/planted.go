package results

import "github.com/millrace/millrace/libs/planted"

// takeScript returns take.lua, with the bug in it that is planted, if any.
func takeScript() string {
	return planted.Rewrite(planted.RepairForgotten, takeSource, "'repair', repair and '1' or '0', 'take'", "'repair', '0', 'take'")
}

// applyScript returns apply.lua, with the bug in it that is planted, if any.
func applyScript() string {
	s := planted.Rewrite(planted.LowerOffsets, applySource, "if tonumber(f[3]) > tonumber(OFFSET) then", "if false then")
	s = planted.Rewrite(planted.EpochPerPartition, s,
		":versions', 'epoch')", ":versions', 'epoch' .. PART)",
		"'epoch', epochs[q])", "'epoch' .. PART, epochs[q])",
		"  redis.call('UNLINK', key(q, 'versions'))\n", "")
	s = planted.Rewrite(planted.FenceIgnored, s,
		"if tonumber(f[1]) > tonumber(TOKEN) then", "if false then",
		"if tonumber(f[1]) < tonumber(TOKEN) or stored < LOW or stored > NEXT then", "if false then")
	return planted.Rewrite(planted.DeletesForgotten, s, "  many('HDEL', k, dels, dels + m - 1)\n", "")
}
