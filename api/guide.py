"""What the API's reference says before its first route."""

from __future__ import annotations

from typing import Final

GUIDE: Final = """\
Recorded sales calls go in; transcripts, sensitive-speech flags, follow-up memos and lead grades come out.

### In three requests
```
curl -H "Authorization: Bearer $KEY" -F file=@call.wav \\
     -F 'metadata={"external_id": "crm-1042", "agent": "王磊", "brand": "丰田", "started_at": "2026-03-12T10:15:00+08:00"}' \\
     $HOST/v1/recordings                                   # 202, and where to ask how far it is
curl -H "Authorization: Bearer $KEY" $HOST/v1/recordings/$ID              # state: … transcribing, inspecting, done
curl -H "Authorization: Bearer $KEY" $HOST/v1/recordings/$ID/inspection   # everything, with the words it rests on
```

### Authentication
Every request shows an API key, as `Authorization: Bearer qck_…` or as `X-API-Key: qck_…`. Only `/healthz` and
`/readyz` answer without one, this description of the API, which holds no data, and calendar feeds, whose address is the
secret. A key has scopes: `ingest` sends recordings and retries them, `read` sees states and results, `audio` listens,
`review` gives verdicts and decides appeals, `appeal` appeals and corrects memos, `admin` manages keys and does
everything else too. Without a known key the answer is 401, without the scope 403, which names the scope. Make the first
key with `qc key create`, others with `POST /v1/keys`; only hashes of secrets are kept.

### Sending twice is safe
Send an `Idempotency-Key` of your own (any text, the same for every repeat of one request), an `external_id` in the
metadata, or both. A repeat stores nothing and answers 202 with the first recording as it is by then, and with the
header `Idempotent-Replayed: true`. The same key or `external_id` with other content is a 409. So after a time-out or a
lost connection: send it again. A 202 means that the recording is stored durably and will be inspected, whatever
crashes meanwhile.

### States
`received` → `queued` → `transcribing` (with `progress` in per cent) → `inspecting` → `done`, or `failed` with an
`error`; a failed one goes on with `POST /v1/recordings/{id}/retry`. Conversations, which come in as text, are never
`transcribing`.

### Pages
Lists are newest first and come in pages: send `next_cursor` back as `cursor` with the same filters; it is `null` on the
last page. A cursor is opaque. A recording that arrives meanwhile never shifts the pages after it. Unknown parameters
are refused, so that a misspelt filter is not mistaken for a working one.

### Evidence
Every finding, memo field and reason carries `evidence`: `utterance` is the index in `transcript.utterances`, and
`quote` is the part of its `text` from character `start` up to `end` (Unicode code points).

An utterance with a `doubt` may never have been said (a phrase over hold music, the exchange's announcement): show it
greyed; nothing was concluded from it, and subtitles leave it out. A finding with `heard` and `matched` rests on the
sound: `heard` was written down, the rule's phrase is `matched`, and `listened`, where the sound was listened to again,
is the probability that `matched` was said.

### Verdicts
A reviewer confirms a finding, dismisses it with a reason, re-categorises it, adds what was missed, or comments, with
`POST /v1/recordings/{id}/verdicts`. The machine's value, verdicts, appeal and decision are separate records; none is
ever changed, and what holds is computed from them (`status`, `final_category`). A verdict is about words of a category,
not about one inspection: when the rules change and the call is inspected again, a dismissed finding stays dismissed.
`GET /v1/inspections?unreviewed=true` lists the calls that wait for somebody. `after` keeps two reviewers from
overruling each other unseen. What holds of `do-not-call` and `lost-to-competitor` is what counts for the lead's grade
and follow-up, and the feed of grades tells when a review changed it. Who acts is the API key's name, or the `reviewer`
or `consultant` that the request names.

### Memos
`GET /v1/recordings/{id}/memo` is the memo as it holds, `…/memo.txt` lines of it to paste into WeChat. A consultant sets
a field right with `POST /v1/recordings/{id}/memo/corrections`, which is kept beside the machine's value and stands when
the call is inspected again; the lead's merged memo uses it.

### Leads and the CRM
`lead` in a recording's metadata is the CRM's own id of the lead; `POST /v1/leads` tells what the CRM knows about it and
`POST /v1/outcomes` what became of it. They may come in any order. A lead's grade follows from all its calls, newest
word first, and from the CRM's news. `GET /v1/grades?since=…` tells every change of a grade: read it, act on each item,
then keep its `cursor`, and go on after it. Items come in the order of their numbers, none is skipped, and those of one
lead are in order (`lead_number` counts 1, 2, 3 …). If you stop between acting and keeping the cursor you get items
again: know them by their `cursor`. `GET /v1/leads?attention=misjudged` lists leads whose grade in the CRM, or by the
consultant, the customer's words speak against.

### Errors
Every error is `application/problem+json` (RFC 9457). `code` is stable: decide by it, and by `status`. `detail` says what
is wrong with this request, `way_out` what to do, `errors` names the fields at fault, and `request_id` (also the header
`X-Request-Id`, which you may set) finds it in the log. 503 carries `Retry-After`.

### Times and texts
Times are ISO 8601 with an offset; within a call they are milliseconds named `_ms`. A date as a filter (`since`,
`until`) is a day in the dealer's time zone. Text for readers is Chinese. Clients should ignore fields they do not know:
more may come; none of those here goes away or changes its meaning within `/v1`.
"""

TAGS: Final = [
    {"name": "recordings", "description": "Audio on its way in, its state, and back out."},
    {"name": "conversations", "description": "Chats and transcripts that come in as text."},
    {"name": "inspections", "description": "What was concluded about each call."},
    {"name": "memos", "description": "Memos as they hold: in words, and with what consultants corrected."},
    {"name": "leads", "description": "Customers over all their calls: history, merged memo, grade, news from the CRM."},
    {"name": "follow-up", "description": "Whom to contact next, when and why; return calls; first calls."},
    {
        "name": "reports",
        "description": "Leads counted: sources and conversion, time in stages, grades beside outcomes.",
    },
    {"name": "verdicts", "description": "What reviewers say about findings, and how often each rule is right."},
    {"name": "appeals", "description": "A consultant objects, a second reviewer decides."},
    {"name": "rulebook", "description": "What we listen for."},
    {"name": "keys", "description": "Who may do what."},
    {"name": "health", "description": "Is it alive, is it ready, what is it doing."},
]
