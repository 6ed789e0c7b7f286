internal import ArgumentParser
internal import Detectors
internal import Files
internal import Geometry
internal import Imaging
internal import StrictJSON

/// `detect plan PATH…`: what a run would take, before it runs.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Say what a run would take: passes, memory, time.",
    discussion: """
      Reads the headers of up to 1000 of the pictures, then loads the model and looks once at a \
      blank picture of the largest size, and at one of the middle size for the time.
      """)

  @Argument(help: "As for run.") var paths: [String] = []
  @OptionGroup(title: "Model") var model: ModelArguments
  @OptionGroup(title: "Detection") var detection: DetectionArguments
  @OptionGroup(title: "Pyramid") var pyramid: PyramidArguments
  @OptionGroup(title: "Merging") var merge: MergeArguments
  @OptionGroup(title: "Faces (built-in model)") var cascade: CascadeArguments
  @OptionGroup(title: "Execution") var execution: ExecutionArguments
  @OptionGroup(title: "Pictures") var picture: PictureArguments
  @OptionGroup(title: "Batches") var batch: BatchArguments

  @Flag(help: "One JSON object instead of lines.")
  var json = false

  private static let sampleCount = 1000

  func run() throws {
    let inputs = try InputList(
      arguments: paths, lists: batch.lists,
      listing: FolderListing(isRecursive: batch.recursive, followsLinks: batch.follow),
      note: { _ in }
    ).inputs
    guard !inputs.isEmpty else { throw CommandFailure(.noInput, "no inputs") }
    let sample = try Sample(inputs, decoder: picture.decoder(), count: Self.sampleCount)
    let recipe = DetectorRecipe(
      model: model, detection: detection, cascade: cascade, pyramid: pyramid, merge: merge,
      execution: execution, workers: batch.workers)
    let (detectors, base) = try recipe.detectors()
    let budget = try MemoryBudget(
      limit: batch.maxMemory?.byteCount, workers: batch.workers, trial: detectors[0])
    let largest = try Trial(detectors[0], sample.largest)
    var peak = ResidentMemory.current.peak
    let middle = try Trial(detectors[0], sample.middle)
    // What other workers allocate is what the first one did; each holds a picture, and more wait.
    peak += (batch.workers - 1) * largest.growth
    let waiting = min(
      (budget.pipelineLimits.queued + budget.pipelineLimits.preparers) * sample.largestByteCount,
      budget.pipelineLimits.weightLimit + budget.pipelineLimits.preparers * sample.largestByteCount)
    peak += waiting
    let seconds = (middle.seconds + sample.decodeSeconds) * Double(inputs.count)
    try report(
      inputs.count, sample, largest, middle, base,
      Prediction(peak: peak, seconds: seconds / Double(batch.workers)))
  }

  private struct Prediction {
    let peak: Int
    let seconds: Double
  }

  private func report(
    _ count: Int, _ sample: Sample, _ largest: Trial, _ middle: Trial, _ base: any Detector,
    _ prediction: Prediction
  ) throws {
    var object = JSONObject()
    object["inputs"] = .integer(count)
    object["largest"] = Self.json(sample.largest)
    object["middle"] = Self.json(sample.middle)
    object["passes"] = .array(
      middle.passes.map { pass in
        [
          "kind": .string(pass.kind.rawValue), "name": .string(pass.name),
          "input": Self.json(pass.inputSize),
        ]
      })
    object["multiply_adds"] = .integer(middle.multiplyAdds)
    object["peak_bytes"] = .integer(prediction.peak)
    object["seconds"] = .number((prediction.seconds * 1000).rounded() / 1000)
    if json {
      return try StandardStreams.output(
        JSONWriter.bytes(of: .object(object)) + [UInt8(ascii: "\n")])
    }
    var text = "inputs          \(count)\n"
    text += "largest         \(sample.largest.width)x\(sample.largest.height)\n"
    text += "middle          \(sample.middle.width)x\(sample.middle.height)\n"
    for pass in middle.passes {
      text += "\(pass.kind.rawValue)           ".prefix(16)
      text += "\(pass.name) -> \(pass.inputSize.width)x\(pass.inputSize.height)\n"
    }
    text += "multiply-adds   \(middle.multiplyAdds) per picture\n"
    text += "peak memory     \(prediction.peak >> 20) MiB\n"
    text += "time            \((prediction.seconds * 10).rounded() / 10) s\n"
    try StandardStreams.output(text)
  }

  private static func json(_ size: Size) -> JSONValue {
    .array([.integer(size.width), .integer(size.height)])
  }

  /// The sizes of some of the pictures, spread evenly.
  private struct Sample {
    var largest = Size(width: 1, height: 1)
    var middle = Size(width: 1, height: 1)
    /// File and pixels of the largest.
    var largestByteCount = 3
    /// Of a picture like the middle one.
    var decodeSeconds = 0.0

    init(_ inputs: [InputList.Input], decoder: ImageDecoder, count: Int) throws {
      var sizes: [(size: Size, byteCount: Int, index: Int)] = []
      let step = max(1, inputs.count / count)
      for index in stride(from: 0, to: inputs.count, by: step) {
        guard
          let bytes = try? RegularFile.read(
            pathBytes: inputs[index].path.bytes, byteLimit: decoder.maxBytes),
          let header = try? decoder.header(bytes: bytes),
          header.size.width * header.size.height <= decoder.maxPixels
        else { continue }
        sizes.append((header.size, bytes.count, index))
      }
      sizes.sort {
        ($0.size.width * $0.size.height, $0.index) < ($1.size.width * $1.size.height, $1.index)
      }
      guard let last = sizes.last else {
        throw CommandFailure(.noInput, "no input has a picture's header")
      }
      largest = last.size
      largestByteCount = 3 * last.size.width * last.size.height + last.byteCount
      let central = sizes[sizes.count / 2]
      middle = central.size
      let clock = ContinuousClock()
      let start = clock.now
      _ = try? decode(inputs[central.index].path, with: decoder)
      decodeSeconds = (clock.now - start) / .seconds(1)
    }
  }

  /// One look at a blank picture.
  private struct Trial {
    let seconds: Double
    let passes: [PassReport]
    let multiplyAdds: Int
    /// Bytes that the process grew by.
    let growth: Int

    /// - Throws: Exit 65 when the detector cannot look at such a picture.
    init(_ detector: any Detector, _ size: Size) throws {
      let before = ResidentMemory.current.now
      let image = Image(
        size: size, samples: [UInt8](repeating: 0, count: size.width * size.height * 3))
      do {
        _ = try detector.detect(image)
        growth = max(0, ResidentMemory.current.peak - before)
        let clock = ContinuousClock()
        let start = clock.now
        let result = try detector.detect(image)
        seconds = (clock.now - start) / .seconds(1)
        passes =
          result.pyramid?.passes ?? [
            PassReport(
              kind: .level, name: "1x",
              region: Box(
                minX: 0, minY: 0, maxX: Double(size.width), maxY: Double(size.height)),
              inputSize: detector.summary.family == "mtcnn" ? size : detector.summary.inputSize)
          ]
        multiplyAdds = result.pyramid?.multiplyAdds ?? detector.summary.multiplyAdds
      } catch {
        throw CommandFailure(.refused, "a picture of \(size.width)x\(size.height): \(error)")
      }
    }
  }
}
