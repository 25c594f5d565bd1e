// From the configuration to what the worker of a live stream is asked to make.
#pragma once

#include "core/config.h"
#include "media/live/ingest/publisher.h"
#include "media/worker/run_job.h"

namespace millrace::media::live {

/// Without what only the stream knows: where its tracks begin, and its frozen PART-TARGET.
[[nodiscard]] worker::JobSpec live_plan(const core::Config& config,
                                        const core::ChannelConfig& channel,
                                        IngestContainer container);

/// As for uploads, but for the time that it may be stuck: viewers wait.
[[nodiscard]] worker::WorkerProgram live_worker_program(const core::WorkersConfig& config);

}  // namespace millrace::media::live
