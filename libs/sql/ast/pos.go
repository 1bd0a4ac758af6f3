package ast

// Pos returns the position of SELECT.
func (s *Statement) Pos() Pos { return s.At }

// Pos returns the position of the item's expression.
func (i SelectItem) Pos() Pos { return i.Expr.Pos() }

// Pos returns the position of what follows FROM.
func (f From) Pos() Pos { return f.At }

// Pos returns the position of the window function.
func (w *Window) Pos() Pos { return w.At }

// Pos returns the position of the item's expression.
func (o OrderItem) Pos() Pos { return o.Expr.Pos() }

// Pos returns the position of LIMIT.
func (l *Limit) Pos() Pos { return l.At }

// Pos returns the position of EMIT.
func (e *Emit) Pos() Pos { return e.At }

// Pos returns the position of the identifier, or of its opening quote.
func (i *Ident) Pos() Pos { return i.At }

// Pos returns the position of the first part.
func (n *Name) Pos() Pos { return n.Parts[0].At }

// Pos returns the position of the star.
func (s *Star) Pos() Pos { return s.At }

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
