-- Question: What does each table take of the disk?
-- Grain: one row per table.
-- Parameters: none.
-- Unit: rows as stored, repeated deliveries included; bytes; most_parts: of one partition.
SELECT p.table AS table, sum(p.rows) AS rows, sum(p.bytes) AS bytes, sum(p.parts) AS parts, count() AS partitions, max(p.parts) AS most_parts
FROM
(
    SELECT table, partition, sum(rows) AS rows, sum(bytes_on_disk) AS bytes, count() AS parts
    FROM system.parts
    WHERE active AND database = currentDatabase()
    GROUP BY table, partition
) AS p
GROUP BY p.table
ORDER BY bytes DESC, table
