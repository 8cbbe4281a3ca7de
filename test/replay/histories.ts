/**
 * Recorded histories: one folder for each release, and `next` for the coming one. A folder has one gzipped file for each run of a workflow, and a manifest
 * with the digest of every file. The folder of a release is never recorded again.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import proto from '@temporalio/proto';
import type { History } from './paths.ts';

export const historiesFolder = new URL('histories/', import.meta.url);
export const next = 'next';

export interface Manifest {
  /** SHA-256 of each file, by its name. */
  files: Record<string, string>;
  /** Paths that these histories had to take when they were recorded. */
  required: string[];
}

/** Releases that have recorded histories, `next` included. */
export const recordedReleases = async (): Promise<string[]> => (await readdir(historiesFolder).catch(() => [])).toSorted((a, b) => a.localeCompare(b));

const folderOf = (release: string) => new URL(`${release}/`, historiesFolder);
const historyFiles = async (release: string): Promise<string[]> => (await readdir(folderOf(release))).filter((name) => name.endsWith('.pb.gz')).toSorted();

export async function readHistories(release: string): Promise<{ name: string; digest: string; history: History }[]> {
  const names = await historyFiles(release);
  return Promise.all(
    names.map(async (name) => {
      const kept = await readFile(new URL(name, folderOf(release)));
      const digest = createHash('sha256').update(kept).digest('hex');
      return { name, digest, history: proto.temporal.api.history.v1.History.decode(gunzipSync(kept)) };
    }),
  );
}

export const readManifest = async (release: string): Promise<Manifest> =>
  JSON.parse(await readFile(new URL('manifest.json', folderOf(release)), 'utf8')) as Manifest;

export const writeManifest = (release: string, manifest: Manifest): Promise<void> =>
  writeFile(new URL('manifest.json', folderOf(release)), `${JSON.stringify(manifest, null, 2)}\n`);
