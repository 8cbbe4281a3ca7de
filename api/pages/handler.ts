import type { Request, RequestHandler, Response } from 'express';

/** A handler whose failure goes to the one place that answers errors. */
export const handler =
  (work: (request: Request, response: Response) => Promise<unknown>): RequestHandler =>
  (request, response, next) => {
    const answer = async () => {
      try {
        await work(request, response);
      } catch (error) {
        next(error);
      }
    };
    void answer();
  };
