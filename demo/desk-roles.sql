-- The service desk's access on a machine without a directory: roles of the ERP's database instead of groups. demo/desk.ts runs this as the superuser, after
-- database.sql; running it again changes nothing.
do $$
declare
  business text;
begin
  if exists (select from pg_roles where rolname = 'service-desk-resolvers') then
    return;
  end if;
  foreach business in array array['service-desk-resolvers', 'emergency-elevation', 'shared-administrators'] loop
    execute format('create role %I nologin', business);
    execute format('grant usage on schema desk to %I', business);
    execute format('grant %I to dba_kim, rolewave_svc with admin true, inherit false, set false', business);
  end loop;
  grant select, delete on desk.session to "service-desk-resolvers";
  grant update (elevated_until) on desk.session to "emergency-elevation";
  grant all on desk.session to "shared-administrators";

  grant "shared-administrators" to records_admin with admin true, inherit false, set false;
  grant "shared-administrators" to "ben.carter", "aylin.yildiz", "marcus.weber" granted by records_admin;
end $$;
