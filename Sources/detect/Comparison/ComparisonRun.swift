internal import Detectors
internal import Evaluation
internal import Geometry
internal import Imaging
internal import Interchange

/// Runs all strategies over all pictures, one picture at a time through all of them in turn, so that
/// a machine that is busy for a while is so for all of them.
struct ComparisonRun {
  var contenders: [Contender]
  let decoder: ImageDecoder
  let repeats: Int
  private(set) var failed: Set<Int> = []

  init(_ contenders: [Contender], decoder: ImageDecoder, repeats: Int) {
    self.contenders = contenders
    self.decoder = decoder
    self.repeats = repeats
  }

  /// - Throws: Exit 130 or 143 when stopped.
  mutating func process(_ paths: [InputPath], progress: inout Progress) throws {
    var isWarm = false
    for (index, path) in paths.enumerated() {
      if let status = StopSignal.status { throw CommandFailure(status, "stopped") }
      do {
        let image = try decodedImage(path, with: decoder)
        if !isWarm {
          for contender in contenders.indices { try contenders[contender].warmUp(image) }
          isWarm = true
        }
        try compare(image, turn: index)
      } catch {
        let detail = (error as? Failure)?.detail ?? "\(error)"
        progress.message("\(path.shown): \(detail)")
        failed.insert(index)
        for contender in contenders.indices where contenders[contender].found.count == index {
          contenders[contender].addFailure()
        }
      }
      progress.update(done: index + 1, failed: failed.count)
    }
  }

  /// - Parameter turn: Which strategy begins; every one does so equally often.
  private mutating func compare(_ image: Image, turn: Int) throws {
    var runs = [[DetectionResult]](repeating: [], count: contenders.count)
    for round in 0..<repeats {
      for position in contenders.indices {
        let contender = (turn + round + position) % contenders.count
        runs[contender].append(try contenders[contender].run(image))
      }
    }
    for contender in contenders.indices { contenders[contender].add(runs[contender], of: image) }
  }
}
