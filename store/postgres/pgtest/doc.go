// Package pgtest gives tests a PostgreSQL: the server that
// CLICKBRIDGE_TEST_POSTGRES names (a postgres:// DSN of a role that may create
// databases), else one of its own, started from the installed binaries in a
// temporary folder, without a TCP port and without fsync, and gone with the test
// process, however that ends. Only tests import it.
package pgtest
