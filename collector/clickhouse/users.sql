-- Question:   who writes and who reads, with which password? Run after the roles of `llmroute users`.
-- Grain:      one user per program; run again, it sets the passwords again
-- Parameters: collector_password, grafana_password
CREATE USER IF NOT EXISTS llmroute_collector IDENTIFIED WITH sha256_password BY {collector_password:String};
ALTER USER llmroute_collector IDENTIFIED WITH sha256_password BY {collector_password:String};
GRANT llmroute_writer TO llmroute_collector;

CREATE USER IF NOT EXISTS llmroute_grafana IDENTIFIED WITH sha256_password BY {grafana_password:String};
ALTER USER llmroute_grafana IDENTIFIED WITH sha256_password BY {grafana_password:String};
GRANT llmroute_reader TO llmroute_grafana;
