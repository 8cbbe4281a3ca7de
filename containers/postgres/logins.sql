-- Rights in the PostgreSQL of docker-compose.yml and of `npm run cluster`: Temporal and Rolewave have a login each, own their databases,
-- and cannot access each other's. psql runs it once, when the database is created; passwords come from its environment.
\getenv temporal_password TEMPORAL_DB_PASSWORD
\getenv rolewave_password ROLEWAVE_DB_PASSWORD

create role temporal login password :'temporal_password';
create role rolewave login password :'rolewave_password';

create database temporal owner temporal;
create database temporal_visibility owner temporal;
create database rolewave owner rolewave;

revoke all on database temporal, temporal_visibility, rolewave from public;
