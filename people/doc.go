// Package people is who may use the server in person: users with roles in
// accounts, sign-in by password, by a code beside it and by OpenID Connect,
// sessions, and what is changed of users. cmd mounts its [Service.Handler] under
// /v1/session and /v1/users; the JSON API asks [Service.Who] whose request it
// has, and [Person.Require] whether they may.
//
// What it does not: keys of programs (intake knows those), and what a permission
// is about (the domain's table says who has it).
//
// Passwords are kept as argon2id, tokens and recovery codes as hashes, secrets of
// codes encrypted under a key made of the server's secret_key. None of them, and
// nothing a person typed, is in a log or in the audit log.
package people
