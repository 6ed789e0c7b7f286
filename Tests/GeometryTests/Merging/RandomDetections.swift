import Geometry
import TestSupport

/// Detections that merging finds hard.
struct RandomDetections {
  private var generator: SeededGenerator

  init(seed: UInt32) { generator = SeededGenerator(seed: seed) }

  /// Uniform in `[0, 1)`.
  mutating func uniform() -> Double { Double(generator.float()) + 0.5 }

  mutating func integer(below limit: Int) -> Int { Int(uniform() * Double(limit)) }

  /// Objects of very different sizes, each seen several times with jitter, and some noise.
  mutating func clusters(objects: Int, each: Int, extent: Double, classes: Int) -> [Detection] {
    var detections: [Detection] = []
    for _ in 0..<objects {
      let (x, y) = (uniform() * extent, uniform() * extent)
      let side = 4 * (0..<integer(below: 8)).reduce(1.0) { size, _ in size * 1.9 }
      let (width, height) = (side * (0.3 + uniform()), side * (0.3 + uniform()))
      let classID = integer(below: classes)
      for _ in 0..<each {
        let jitter = 0.4 * uniform()
        detections.append(
          Detection(
            box: Box(
              centerX: x + jitter * width * (uniform() - 0.5),
              centerY: y + jitter * height * (uniform() - 0.5),
              width: width * (1 + jitter * (uniform() - 0.5)),
              height: height * (1 + jitter * (uniform() - 0.5))),
            score: uniform(), classID: uniform() < 0.9 ? classID : integer(below: classes)))
      }
    }
    return detections
  }

  /// Whole numbers in a small range: many equal boxes, equal scores, touching edges and overlaps
  /// that equal simple thresholds; some without area, some not finite.
  mutating func lattice(count: Int) -> [Detection] {
    (0..<count).map { _ in
      let (x, y) = (Double(integer(below: 12)), Double(integer(below: 12)))
      var box = Box(
        minX: x - 3, minY: y - 3, maxX: x - 3 + Double(integer(below: 7)),
        maxY: y - 3 + Double(integer(below: 7)))
      var score = Double(integer(below: 9)) / 8
      switch integer(below: 40) {
      case 0: box.minX = .nan
      case 1: box.maxY = .infinity
      case 2: score = .nan
      case 3: score = -0.25
      default: break
      }
      return Detection(box: box, score: score, classID: integer(below: 2))
    }
  }

  /// Slivers, giants and dots, far from and around the origin.
  mutating func extremes(count: Int) -> [Detection] {
    (0..<count).map { _ in
      func length(_ exponent: Int) -> Double {
        Double(sign: .plus, exponent: exponent, significand: 1)
      }
      let offset = [0, 0, -1e6, 1e9][integer(below: 4)]
      let width = length(integer(below: 24) - 8) * (1 + uniform())
      let height = length(integer(below: 24) - 8) * (1 + uniform())
      return Detection(
        box: Box(
          centerX: offset + width * (uniform() - 0.5), centerY: height * (uniform() - 0.5),
          width: width, height: height),
        score: uniform(), classID: 0)
    }
  }
}
