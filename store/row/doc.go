// Package row is what store/sqlite and store/postgres have in common: the order
// of the columns of each table, what is written into them, and, as [Tables], the
// parts of a store whose SQL both engines understand. What a click writes while
// it lives stays with each of them, in words of its own.
//
// Rules of the columns, the same on both engines:
//
//   - Text is valid UTF-8 without NUL ([Text]): PostgreSQL can hold neither, so
//     SQLite must not either.
//   - A time is a whole number of microseconds since 1970 UTC, 0 for the zero
//     time ([Micros]). What is read back is UTC.
//   - A list is JSON, "" when it is empty, and is read back as nil. So are
//     settings; "" is their zero value.
//
// Only the two stores import it.
package row
