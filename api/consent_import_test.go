package api

import (
	"testing"
)

func TestConsentsAreImportedWithTheirProof(t *testing.T) {
	o := newOffice(t)
	table := "Почта;Дата согласия;Источник;Текст согласия;Версия;Документ;Согласие;Город\n" +
		"anna@example.com;01.03.2026;форма на сайте;Согласна получать новости и предложения;2026-01;скан 17/2026, с. 4;да;Тверь\n" +
		"boris@example.com;01.03.2026;форма на сайте;Согласен получать новости и предложения;2026-01;;да\n" +
		"vera@example.com;02.03.2026;звонок;;;;нет\n" +
		"не адрес;01.03.2026;форма;текст;1;скан;может быть\n"
	ask := func(query string) (res ConsentImportResponse) {
		if code := o.read(&res, post, "/api/v1/consents/import"+query, table, "Content-Type: text/csv"); code != 200 {
			t.Fatal(code)
		}
		return res
	}
	if res := ask("?dry_run=true"); len(res.Ignored) != 1 || res.Ignored[0] != "Город" {
		t.Errorf("columns that were not understood: %q", res.Ignored)
	}
	if res := ask("?dry_run=true"); res.Created != 2 || res.Failed != 2 || len(o.lines()) != 0 {
		t.Errorf("preview: %+v, %d lines", res, len(o.lines()))
	}
	res := ask("")
	if res.Created != 2 || res.Failed != 2 || res.Rows[1].Errors[0].Field != "document" || len(res.Rows[3].Errors) != 2 {
		t.Errorf("%+v", res)
	}
	lines := o.lines()
	if len(lines) != 2 || lines[0].Given || lines[0].Person != "vera@example.com" || !lines[1].Given || lines[1].Document != "скан 17/2026, с. 4" {
		t.Errorf("%+v", lines)
	}
	if res := ask(""); res.Unchanged != 2 || len(o.lines()) != 2 {
		t.Errorf("the same table again: %+v", res)
	}
}
