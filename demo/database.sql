-- The demonstration's ERP: a company's database before Rolewave changes anything.
-- demo/database.ts runs this as the superuser, connected to the database `erp`; running it again changes nothing.
-- database.ts adds people and their legacy access, from the plan.

-- Business data; the roles' privileges below are on these.
create schema if not exists books;
create schema if not exists personnel;
create schema if not exists purchasing;
create schema if not exists desk;
create schema if not exists stock;
create table if not exists books.journal (id bigint generated always as identity, posted_at timestamptz not null default now(), account text, amount numeric);
create table if not exists books.subledger (id bigint generated always as identity, partner text, balance numeric);
create table if not exists books.ledger_detail (id bigint generated always as identity, line text, amount numeric);
create table if not exists books.vendor_aging (vendor text, days integer, amount numeric);
create table if not exists personnel.case_file (id bigint generated always as identity, subject text, assigned_to text);
create table if not exists personnel.case_archive (id bigint, subject text, closed_on date);
create table if not exists purchasing.request (id bigint generated always as identity, item text, vendor text);
create table if not exists purchasing.vendor (id bigint generated always as identity, name text, first_order date);
create table if not exists desk.session (id bigint generated always as identity, account text, elevated_until timestamptz);
create table if not exists stock.movement (id bigint generated always as identity, site text, item text, quantity numeric);
create table if not exists stock.count (id bigint generated always as identity, site text, item text, difference numeric);
create table if not exists stock.transfer (id bigint generated always as identity, from_site text, to_site text, item text, quantity numeric);
create table if not exists stock.location (site text, bin text);

-- What people did, as the application records it. Metrics read these rows.
create schema if not exists work;
create table if not exists work.employee (account text primary key, area text not null);
create table if not exists work.posting (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  account text not null,
  area text not null,
  what text not null,
  through text -- the role that allowed it; null: the old way, on paper or by mail
);
create index if not exists posting_by_area on work.posting (area, at);
create table if not exists work.exception (posting bigint not null references work.posting, at timestamptz not null default now(), what text not null);
create index if not exists exception_by_posting on work.exception (posting);
create table if not exists work.ticket (
  id bigint generated always as identity primary key,
  area text not null,
  opened_at timestamptz not null,
  resolved_at timestamptz,
  reopened_at timestamptz
);
create index if not exists ticket_by_area on work.ticket (area, opened_at);

-- Roles belong to the cluster, and PostgreSQL has no `create role if not exists`.
create procedure pg_temp.ensure_role(name text, options text) language plpgsql as $$
begin
  if not exists (select from pg_roles where rolname = name) then
    execute format('create role %I %s', name, options);
  end if;
end $$;

-- The business roles: reviewed ones, and the old ones that they replace. The service desk's are groups of the directory; see desk-roles.sql.
do $$
declare business text;
begin
  foreach business in array array[
    'fin_close_operator', 'fin_subledger_read', 'rpt_gl_detail_read', 'rpt_vendor_aging_read',
    'hr_case_intake', 'hr_case_assign', 'hr_case_archive_read', 'hr_case_archive_export',
    'proc_request_coordinator', 'proc_vendor_onboarding',
    'wh_inventory_poster', 'wh_stock_count', 'wh_transfer_post', 'wh_location_read', 'wh_poster_all_sites']
  loop
    call pg_temp.ensure_role(business, 'nologin');
  end loop;
end $$;

grant usage on schema books to fin_close_operator, fin_subledger_read, rpt_gl_detail_read, rpt_vendor_aging_read;
grant select, insert on books.journal to fin_close_operator;
grant select on books.subledger to fin_subledger_read;
grant select on books.ledger_detail to rpt_gl_detail_read;
grant select on books.vendor_aging to rpt_vendor_aging_read;
grant usage on schema personnel to hr_case_intake, hr_case_assign, hr_case_archive_read, hr_case_archive_export;
grant insert on personnel.case_file to hr_case_intake;
grant select, update (assigned_to) on personnel.case_file to hr_case_assign;
grant select on personnel.case_archive to hr_case_archive_read, hr_case_archive_export;
grant usage on schema purchasing to proc_request_coordinator, proc_vendor_onboarding;
grant select, insert, update on purchasing.request to proc_request_coordinator;
grant select, insert on purchasing.vendor to proc_vendor_onboarding;
grant usage on schema stock to wh_inventory_poster, wh_stock_count, wh_transfer_post, wh_location_read, wh_poster_all_sites;
grant select, insert on stock.movement to wh_inventory_poster;
grant insert on stock.count to wh_stock_count;
grant insert on stock.transfer to wh_transfer_post;
grant select on stock.location to wh_location_read;
grant all on stock.movement, stock.count, stock.transfer to wh_poster_all_sites;

-- Logins that grant access. None of the three may use what they grant (no INHERIT, no SET), and none may create roles.
--   records_admin  granted the legacy access, years ago
--   dba_kim        a second administrator, who works independently of Rolewave
--   rolewave_svc   Rolewave's worker; may act for records_admin, because it retires what records_admin granted
call pg_temp.ensure_role('records_admin', 'login');
call pg_temp.ensure_role('dba_kim', 'login');
call pg_temp.ensure_role('rolewave_svc', 'login');
call pg_temp.ensure_role('erp_application', 'login');

grant rpt_gl_detail_read, rpt_vendor_aging_read, hr_case_archive_read, hr_case_archive_export, wh_poster_all_sites
  to records_admin, dba_kim, rolewave_svc with admin true, inherit false, set false;
grant fin_close_operator, fin_subledger_read, hr_case_intake, hr_case_assign, proc_request_coordinator, proc_vendor_onboarding,
      wh_inventory_poster, wh_stock_count, wh_transfer_post, wh_location_read
  to dba_kim, rolewave_svc with admin true, inherit false, set false;
grant records_admin to rolewave_svc with inherit true, set false;

-- Rolewave reads what people did; the application writes it.
grant usage on schema work to rolewave_svc, erp_application;
grant select on work.posting, work.exception, work.ticket to rolewave_svc;
grant select on work.employee to erp_application;
grant select, insert, update on work.posting, work.exception, work.ticket to erp_application;

-- The initial state, created once: people, and the access that grew over the years. A second run does not change it.
do $$
declare
  person record;
begin
  if exists (select from work.employee) then
    return;
  end if;

  insert into work.employee (account, area) values
    ('amara.okafor', 'close'), ('jonas.lindqvist', 'close'), ('priya.raman', 'close'), ('tomasz.wilk', 'close'), ('leila.haddad', 'close'), ('oscar.mendes', 'close'),
    ('mira.solberg', 'intake'), ('daniel.achebe', 'intake'), ('chiara.russo', 'intake'), ('yusuf.demir', 'intake'), ('hkeller2', 'intake'),
    ('eva.novak', 'procurement'), ('liam.gallagher', 'procurement'), ('noor.rahman', 'procurement'), ('pavel.horak', 'procurement'),
    ('sofia.marin', 'procurement'), ('kwame.boateng', 'procurement'), ('ingrid.dahl', 'procurement'), ('mateo.vargas', 'procurement'),
    ('ben.carter', 'desk'), ('aylin.yildiz', 'desk'), ('marcus.weber', 'desk'), ('fatima.zahra', 'desk'), ('lucas.petit', 'desk'),
    ('piotr.zielinski', 'warehouse'), ('joana.ribeiro', 'warehouse'), ('erik.nilsen', 'warehouse'), ('awa.diop', 'warehouse'), ('stefan.horvat', 'warehouse'),
    ('nadia.benali', 'warehouse'), ('tuan.pham', 'warehouse'), ('karin.lund', 'warehouse'), ('samuel.osei', 'warehouse');
  for person in select account from work.employee loop
    call pg_temp.ensure_role(person.account, 'login');
  end loop;

  grant rpt_gl_detail_read to "amara.okafor", "jonas.lindqvist", "priya.raman", "tomasz.wilk" granted by records_admin;
  grant rpt_vendor_aging_read to "amara.okafor", "leila.haddad" granted by records_admin;
  grant hr_case_archive_read to "mira.solberg", "daniel.achebe", "chiara.russo", "yusuf.demir", hkeller2 granted by records_admin;
  grant hr_case_archive_export to "mira.solberg", "yusuf.demir" granted by records_admin;
  -- The rejected design was revoked at the pilot site immediately and is still held at the other two.
  grant wh_poster_all_sites to "awa.diop", "stefan.horvat", "karin.lund" granted by records_admin;
  -- Jonas already has one of the new rights: Kim granted it in February. Rolewave must not revoke it.
  grant fin_subledger_read to "jonas.lindqvist" granted by dba_kim;
end $$;
