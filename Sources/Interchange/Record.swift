package import Geometry

/// What is written for one input, success or failure. Every format is a writer of records.
package struct Record: Sendable {
  /// The version of the JSON form.
  package static let schema = 1

  /// The path as given or found, in the file system's own bytes (which need not be UTF-8).
  package var path: [UInt8]
  /// `nil` when the picture could not be decoded.
  package var picture: Picture?
  /// The model's name: its file name without folder and extension.
  package var model: String
  /// The pyramid strategy that produced the passes.
  package var pyramid: String
  package var outcome: Outcome
  /// Only when asked for: times differ from run to run.
  package var timing: Timing?
  /// Only when asked for, of detectors with several stages.
  package var stages: [Stage]?
  /// The passes of a pyramid strategy; empty for a single pass.
  package var passes: [Pass] = []

  package init(
    path: [UInt8], picture: Picture?, model: String, pyramid: String = "single", outcome: Outcome,
    timing: Timing? = nil
  ) {
    self.path = path
    self.picture = picture
    self.model = model
    self.pyramid = pyramid
    self.outcome = outcome
    self.timing = timing
  }

  /// What is known of a decoded picture.
  package struct Picture: Hashable, Sendable {
    /// Upright, after the EXIF orientation.
    package var sourceSize: Size
    /// EXIF orientation that was undone, 1 to 8.
    package var orientation: Int
    /// The file ended early and its missing part was filled in by the decoder.
    package var isTruncated: Bool

    package init(sourceSize: Size, orientation: Int, isTruncated: Bool = false) {
      self.sourceSize = sourceSize
      self.orientation = orientation
      self.isTruncated = isTruncated
    }
  }

  package enum Outcome: Hashable, Sendable {
    /// In descending order of score, as the detector gives them.
    case detections([NamedDetection])
    case failure(Failure)
  }

  /// A detection with its class spelt out.
  package struct NamedDetection: Hashable, Sendable {
    package var detection: Detection
    package var className: String
    /// The index in `passes` of the one that found it (the surest, of merged ones).
    package var pass: Int?

    package init(_ detection: Detection, className: String, pass: Int? = nil) {
      self.detection = detection
      self.className = className
      self.pass = pass
    }
  }

  /// One look of a pyramid strategy at the picture or a part of it.
  package struct Pass: Hashable, Sendable {
    /// Under which key detections name it.
    package enum Kind: String, Hashable, Sendable {
      case level
      case tile
    }

    package var kind: Kind
    package var name: String
    /// The network's input.
    package var size: Size
    /// Its detections before those of all passes were merged.
    package var found: Int

    package init(kind: Kind, name: String, size: Size, found: Int) {
      self.kind = kind
      self.name = name
      self.size = size
      self.found = found
    }
  }

  /// Milliseconds spent on one input.
  package struct Timing: Hashable, Sendable {
    package var decode: Double
    package var preprocess: Double
    package var inference: Double
    package var postprocess: Double
    /// What `inference` consists of, by name; empty where it has no parts.
    package var inferenceParts: [Part] = []

    package struct Part: Hashable, Sendable {
      package var name: String
      package var time: Double

      package init(name: String, time: Double) {
        self.name = name
        self.time = time
      }
    }

    package init(decode: Double, preprocess: Double, inference: Double, postprocess: Double) {
      self.decode = decode
      self.preprocess = preprocess
      self.inference = inference
      self.postprocess = postprocess
    }
  }

  /// What one stage of a cascade passed on.
  package struct Stage: Hashable, Sendable {
    /// One scale that the stage looked at.
    package struct Level: Hashable, Sendable {
      package var scale: Double
      package var size: Size
      /// Over the threshold.
      package var candidates: Int
      /// Left after suppression.
      package var kept: Int

      package init(scale: Double, size: Size, candidates: Int, kept: Int) {
        self.scale = scale
        self.size = size
        self.candidates = candidates
        self.kept = kept
      }
    }

    package var name: String
    package var levels: [Level]
    package var candidates: Int
    package var kept: Int
    package var milliseconds: Double

    package init(
      name: String, levels: [Level], candidates: Int, kept: Int, milliseconds: Double
    ) {
      self.name = name
      self.levels = levels
      self.candidates = candidates
      self.kept = kept
      self.milliseconds = milliseconds
    }
  }

  /// The detections; empty for a failure.
  package var detections: [NamedDetection] {
    if case .detections(let detections) = outcome { detections } else { [] }
  }

  package var failure: Failure? {
    if case .failure(let failure) = outcome { failure } else { nil }
  }
}

/// Why one input has no detections.
package struct Failure: Error, Hashable, Sendable {
  package enum Kind: String, Sendable {
    /// The file cannot be opened or read.
    case io
    /// Listed in a folder, gone when its turn came.
    case vanished
    /// Truncated or rewritten while it was read.
    case changed
    /// Not a picture that can be decoded.
    case decode
    /// Beyond a limit on pixels, bytes, scans or memory.
    case limit
    /// The network gave a value that is not finite.
    case numeric
    /// The annotations file does not know the picture.
    case data
    /// A fault of the program.
    case `internal`
  }

  package var kind: Kind
  package var detail: String

  package init(_ kind: Kind, _ detail: String) {
    self.kind = kind
    self.detail = detail
  }
}
