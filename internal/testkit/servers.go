package testkit

import "errors"

// StartServers starts a PostgreSQL and a Redis for a whole run of tests. env
// is what a test binary needs to find them, as NAME=value; stop ends both.
func StartServers() (env []string, stop func() error, err error) {
	pg, err := startPostgres()
	if err != nil {
		return nil, nil, err
	}
	rd, err := startSharedRedis()
	if err != nil {
		return nil, nil, errors.Join(err, pg.close())
	}
	env = []string{postgresEnv + "=" + pg.url, redisEnv + "=" + rd.url, quickEnv + "="}
	return env, func() error { return errors.Join(pg.close(), rd.close()) }, nil
}
