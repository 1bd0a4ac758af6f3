package bind

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/record"
	"github.com/millrace/millrace/libs/sql/ast"
	"github.com/millrace/millrace/libs/sql/function"
	"github.com/millrace/millrace/libs/sql/plan"
)

// computes reports a call of constants that is ERROR, if it is evaluated for every row:
// no row would have a value. Of calls within calls the innermost is told.
func (b *binder) computes(pos ast.Pos, c *plan.Call) *ast.Error {
	if b.reach != certainly {
		return nil
	}
	for _, a := range c.Args {
		if _, err := b.known(a); err != nil {
			return nil
		}
	}
	_, wrong := b.known(c)
	if wrong == nil || errors.Is(wrong, errNotConstant) || errors.Is(wrong, function.ErrNotFolded) {
		return nil
	}
	f, ok := function.LookupScalar(c.Func)
	if !ok {
		return nil
	}
	err := b.fail(pos, "%v", wrong).WithCode(failureCode(f, wrong)).WithHint("%s", failureHint(f, wrong, c.Typ))
	if err.Code == ast.CodeTime && len(c.Args) == 1 {
		return err.WithHint("%s", timeHint(c.Typ))
	}
	return err
}

// converts is [binder.computes] for a cast of what is written at e.
func (b *binder) converts(e ast.Expr, c *plan.Call) *ast.Error {
	err := b.computes(e.Pos(), c)
	if err == nil {
		return nil
	}
	v, _ := b.known(c.Args[0]) // it is known, else there were no error
	text, written := v.String(), short(ast.Unparen(e))
	switch {
	case v.Type().Kind != record.Varchar:
		err.Msg = fmt.Sprintf("%s cannot be cast to %s: %s", written, c.Typ, err.Msg)
	case err.Code != ast.CodeRange && (c.Typ.Kind == record.Timestamp || c.Typ.Kind == record.Date):
		return err.WithCode(ast.CodeTime).WithHint("%s; TRY_CAST(%s AS %s) is NULL", timeHint(c.Typ), written, c.Typ)
	default:
		text = v.Str()
	}
	return err.WithHint("%s", castHint(text, written, c.Typ))
}

// failureCode is the SQLSTATE of what a call fails with, as PostgreSQL has it.
func failureCode(f *function.Scalar, err error) ast.Code {
	switch {
	case errors.Is(err, function.ErrByZero):
		return ast.CodeDivision
	case errors.Is(err, function.ErrRange), errors.Is(err, function.ErrInstant), errors.Is(err, function.ErrDate):
		return ast.CodeRange
	case errors.Is(err, function.ErrTooLong):
		return ast.CodeLimit
	case errors.Is(err, function.ErrDomain):
		return domainCode(f)
	case f.Section == function.Casting:
		return ast.CodeValue
	case f.Name == "to_timestamp":
		return ast.CodeTime
	default:
		return ast.CodeParameter
	}
}

func domainCode(f *function.Scalar) ast.Code {
	switch f.Name {
	case "ln", "log", "log2", "log10":
		return ast.CodeLogarithm
	case "sqrt", "power":
		return ast.CodePower
	default:
		return ast.CodeRange
	}
}

// failureHint says what to write instead of a call of constants that fails.
func failureHint(f *function.Scalar, err error, t record.Type) string {
	switch {
	case errors.Is(err, function.ErrByZero) && f.Section == function.Arithmetic:
		return "a / NULLIF(b, 0) is NULL where b is 0"
	case errors.Is(err, function.ErrRange) && t.Kind == record.BigInt:
		return fmt.Sprintf("a BIGINT reaches from %d to %d; as DOUBLE a number may be greater, where one operand is written with a point, as 2.0", math.MinInt64, math.MaxInt64)
	case errors.Is(err, function.ErrRange) && t.Kind == record.Double:
		return "a DOUBLE reaches up to 1.7976931348623157e308"
	case errors.Is(err, function.ErrRange) && t.Interval():
		return "an INTERVAL of days and shorter units is no longer than 292 years"
	case errors.Is(err, function.ErrInstant):
		return fmt.Sprintf("it reaches from %s to %s", record.FirstInstant().Format(time.DateOnly), record.LastInstant().Format(time.DateOnly))
	case errors.Is(err, function.ErrDate):
		return "it reaches from 0001-01-01 to 9999-12-31"
	default:
		return takes(f)
	}
}

// takes says what a function does not take, as its documentation does, or else what it is.
func takes(f *function.Scalar) string {
	var limits []string
	for sentence := range strings.SplitSeq(strings.TrimSuffix(f.Doc, "."), ". ") {
		if strings.Contains(sentence, " error") || strings.Contains(sentence, " must ") {
			limits = append(limits, sentence)
		}
	}
	if limits == nil {
		return "it is " + f.Signatures()[0]
	}
	return f.Name + ": " + strings.Join(limits, ". ")
}
