package ast

// Pos returns the position of SELECT, or of the WITH before it.
func (s *Statement) Pos() Pos {
	if len(s.With) > 0 {
		return s.WithAt
	}
	return s.At
}

// Pos returns the position of the name.
func (c CTE) Pos() Pos { return c.Name.At }

// Pos returns the position of the item's expression.
func (i SelectItem) Pos() Pos { return i.Expr.Pos() }

// Pos returns the position of what follows FROM.
func (f From) Pos() Pos { return f.At }

// Pos returns the position of the window function.
func (w *Window) Pos() Pos { return w.At }

// Pos returns the position of TABLESAMPLE.
func (s *Sample) Pos() Pos { return s.At }

// Pos returns the position of UNNEST.
func (u Unnest) Pos() Pos { return u.At }

// Pos returns the position of the item's expression.
func (o OrderItem) Pos() Pos { return o.Expr.Pos() }

// Pos returns the position of LIMIT, or of FETCH.
func (l *Limit) Pos() Pos { return l.At }

// Pos returns the position of OFFSET.
func (o *Offset) Pos() Pos { return o.At }

// Pos returns the position of EMIT.
func (e *Emit) Pos() Pos { return e.At }

// Pos returns the position of the identifier, or of its opening quote.
func (i *Ident) Pos() Pos { return i.At }

// Pos returns the position of the first part.
func (n *Name) Pos() Pos { return n.Parts[0].At }

// Pos returns the position of the star, or of the name before it.
func (s *Star) Pos() Pos {
	if s.Of != nil {
		return s.Of.Pos()
	}
	return s.At
}

// Pos returns the position of NULL.
func (l *NullLit) Pos() Pos { return l.At }

// Pos returns the position of TRUE or FALSE.
func (l *BoolLit) Pos() Pos { return l.At }

// Pos returns the position of the number or its sign.
func (l *NumberLit) Pos() Pos { return l.At }

// Pos returns the position of the opening quote.
func (l *StringLit) Pos() Pos { return l.At }

// Pos returns the position of TIMESTAMP or DATE.
func (l *TimeLit) Pos() Pos { return l.At }

// Pos returns the position of INTERVAL.
func (l *IntervalLit) Pos() Pos { return l.At }

// Pos returns the position of ARRAY.
func (a *ArrayLit) Pos() Pos { return a.At }

// Pos returns the position of the left operand.
func (b *Binary) Pos() Pos { return b.L.Pos() }

// Pos returns the position of the sign.
func (n *Neg) Pos() Pos { return n.At }

// Pos returns the position of what has the subscript.
func (s *Subscript) Pos() Pos { return s.X.Pos() }

// Pos returns the position of the text operand.
func (m *Match) Pos() Pos { return m.X.Pos() }

// Pos returns the position of the left operand.
func (c *Compare) Pos() Pos { return c.L.Pos() }

// Pos returns the position of the left operand.
func (c *AnyCompare) Pos() Pos { return c.L.Pos() }

// Pos returns the position of the left operand.
func (a *And) Pos() Pos { return a.L.Pos() }

// Pos returns the position of the left operand.
func (o *Or) Pos() Pos { return o.L.Pos() }

// Pos returns the position of NOT.
func (n *Not) Pos() Pos { return n.At }

// Pos returns the position of the operand.
func (i *IsNull) Pos() Pos { return i.X.Pos() }

// Pos returns the position of the left operand.
func (i *IsDistinct) Pos() Pos { return i.L.Pos() }

// Pos returns the position of the operand.
func (i *IsTruth) Pos() Pos { return i.X.Pos() }

// Pos returns the position of the operand.
func (i *InQuery) Pos() Pos { return i.X.Pos() }

// Pos returns the position of the operand.
func (b *Between) Pos() Pos { return b.X.Pos() }

// Pos returns the position of the operand.
func (i *In) Pos() Pos { return i.X.Pos() }

// Pos returns the position of the text operand.
func (l *Like) Pos() Pos { return l.X.Pos() }

// Pos returns the position of the text operand.
func (c *Contains) Pos() Pos { return c.X.Pos() }

// Pos returns the position of the function's name.
func (c *Call) Pos() Pos { return c.At }

// Pos returns the position of the opening parenthesis.
func (p *Paren) Pos() Pos { return p.At }

// Pos returns the position of CASE.
func (c *Case) Pos() Pos { return c.At }

// Pos returns the position of CAST, or of the operand before ::.
func (c *Cast) Pos() Pos {
	if c.Colons {
		return c.X.Pos()
	}
	return c.At
}

// Pos returns the position of the type's first word.
func (t *TypeName) Pos() Pos { return t.At }

// Pos returns the position of CREATE.
func (c *CreateStream) Pos() Pos { return c.At }

// Pos returns the position of the column's name.
func (c *ColumnDef) Pos() Pos { return c.Name.Pos() }

// Pos returns the position of CREATE.
func (c *CreateView) Pos() Pos { return c.At }

// Pos returns the position of CREATE.
func (c *CreateMaterializedView) Pos() Pos { return c.At }

// Pos returns the position of DROP.
func (d *Drop) Pos() Pos { return d.At }

// Pos returns the position of SHOW.
func (s *Show) Pos() Pos { return s.At }

// Pos returns the position of DESCRIBE.
func (d *Describe) Pos() Pos { return d.At }
