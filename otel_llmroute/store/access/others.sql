-- Everybody else sees no row. Last, so that those named here have their own policies by now.
CREATE ROW POLICY OR REPLACE llmroute_rows{everywhere} ON {every_table} USING 1 TO {all_roles};
CREATE ROW POLICY OR REPLACE llmroute_nobody_else{everywhere} ON {every_table} USING 0 AS RESTRICTIVE TO ALL EXCEPT {all_roles};
