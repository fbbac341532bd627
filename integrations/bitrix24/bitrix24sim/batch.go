package bitrix24sim

import (
	"errors"
	"net/http"
	"strings"
)

// maxBatch is the number of commands that a batch may hold (reference §4.5).
const maxBatch = 50

// notInBatch are methods that a batch refuses.
var notInBatch = map[string]bool{"batch": true, "disk.folder.uploadfile": true}

// runBatch runs the commands in order. The answer is always 200; what failed
// stands in result_error. The batch as a whole is no transaction.
func (c *call) runBatch(seq int) (answer, error) {
	s := c.sim
	cmds, err := c.needArray("cmd")
	if err != nil {
		return answer{}, err
	}
	halt, _ := c.params.lookup("halt")
	results, failures, totals, nexts, times := &array{}, &array{}, &array{}, &array{}, &array{}
	for i, cmd := range cmds.pairs {
		if i >= maxBatch {
			failures.set(cmd.key, errBatchTooLong.array())
			continue
		}
		inner := &call{sim: s, who: c.who, started: s.now(), params: &array{}, batch: seq}
		name, query, _ := strings.Cut(toString(cmd.val), "?")
		inner.method = strings.TrimSuffix(strings.ToLower(strings.Trim(name, " /")), ".json")
		inner.params.parseForm(query)
		resolveRefs(inner.params, results)
		number := s.ledger.open(Request{At: inner.started, Verb: http.MethodPost, Method: inner.method, Params: loggable(inner.params), Batch: seq})
		ans, err := inner.runCommand()
		if err != nil {
			e, ok := errors.AsType[*apiError](err)
			if !ok {
				e = errInternal
			}
			failures.set(cmd.key, e.array())
			s.ledger.closeAs(number, e.status, strings.TrimPrefix(e.code+" "+e.desc, " "), c.who.userID)
			if isYes(halt) {
				break
			}
			continue
		}
		s.ledger.closeAs(number, http.StatusOK, "", c.who.userID)
		results.set(cmd.key, ans.result)
		if ans.listed {
			totals.set(cmd.key, ans.total)
			if ans.next > 0 {
				nexts.set(cmd.key, ans.next)
			}
		}
		times.set(cmd.key, s.timeBlock(inner))
	}
	return answer{result: row("result", results, "result_error", failures, "result_total", totals,
		"result_next", nexts, "result_time", times)}, nil
}

func (c *call) runCommand() (answer, error) {
	if notInBatch[c.method] {
		return answer{}, errBatchInBatch
	}
	if fault := c.sim.takeFault(c.method, true); fault != nil {
		if err := fault.refusal(c.who); err != nil {
			return answer{}, err
		}
	}
	return c.sim.run(c)
}

// resolveRefs puts earlier results where `$result[key][FIELD]` stands. A
// reference to a command that failed leaves nothing, it is no error.
func resolveRefs(params, results *array) {
	for i := range params.pairs {
		switch v := params.pairs[i].val.(type) {
		case *array:
			resolveRefs(v, results)
		case string:
			params.pairs[i].val = resolveRef(v, results)
		}
	}
}

const refPrefix = "$result["

func resolveRef(text string, results *array) any {
	if !strings.Contains(text, refPrefix) {
		return text
	}
	var b strings.Builder
	rest := text
	for {
		i := strings.Index(rest, refPrefix)
		if i < 0 {
			b.WriteString(rest)
			return b.String()
		}
		b.WriteString(rest[:i])
		rest = rest[i+len("$result"):]
		var v any = results
		for strings.HasPrefix(rest, "[") {
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				break
			}
			if a, ok := v.(*array); ok {
				v = a.get(rest[1:end])
			} else {
				v = nil
			}
			rest = rest[end+1:]
		}
		if b.Len() == 0 && rest == "" {
			return v
		}
		b.WriteString(toString(v))
	}
}
