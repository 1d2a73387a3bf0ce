-- Events are asked for by their times, for which the unique index has sent_ms. The time of these few is another one.
CREATE INDEX events_by_own_time ON events (project, (CASE sent_ms WHEN 0 THEN received_ms ELSE sent_ms + clock_ms END))
	WHERE sent_ms = 0 OR clock_ms <> 0;

-- Events with the person that each belongs to now, for those who read with SQL. It decides as identity.Graph does: of the claims to an alias the
-- one that was accepted first holds. Followed upwards from an id, they end at an id without a claim, or in a circle; of a circle the claim that was
-- accepted last does not hold, and its alias is the original. steps goes as many steps as there are claims on the way, so that it is in the circle
-- by then, and as many again, so that it has seen all of it.
CREATE VIEW events_resolved AS
SELECT e.id, p.token, e.event,
	CASE e.sent_ms WHEN 0 THEN e.received_ms ELSE e.sent_ms + e.clock_ms END AS time_ms,
	e.sent_ms, e.received_ms, e.distinct_id,
	coalesce((
		WITH RECURSIVE
		up(seq) AS (
			SELECT min(c.seq) FROM claims AS c WHERE c.project = e.project AND c.alias = e.distinct_id
			UNION SELECT (SELECT min(c.seq) FROM claims AS c WHERE c.project = e.project AND c.alias = f.distinct_id)
				FROM up CROSS JOIN claims AS f ON f.seq = up.seq
		),
		steps(seq, n) AS (
			SELECT min(c.seq), 1 FROM claims AS c WHERE c.project = e.project AND c.alias = e.distinct_id
			UNION ALL SELECT (SELECT min(c.seq) FROM claims AS c WHERE c.project = e.project AND c.alias = f.distinct_id), n + 1
				FROM steps CROSS JOIN claims AS f ON f.seq = steps.seq WHERE n < 2 * (SELECT count(*) FROM up)
		)
		SELECT coalesce(
			(SELECT f.distinct_id FROM up CROSS JOIN claims AS f ON f.seq = up.seq
				WHERE NOT EXISTS (SELECT 1 FROM claims AS c WHERE c.project = e.project AND c.alias = f.distinct_id)),
			(SELECT alias FROM claims WHERE seq = (SELECT max(seq) FROM steps WHERE n > (SELECT count(*) FROM up))))
	), e.distinct_id) AS person,
	e.insert_id, e.alias, e.properties
FROM events AS e CROSS JOIN projects AS p ON p.id = e.project;
