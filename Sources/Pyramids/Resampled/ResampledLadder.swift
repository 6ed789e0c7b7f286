internal import Detectors
internal import Geometry

/// The levels of a picture for a dense detector, and which of them are computed from the picture.
struct ResampledLadder {
  struct Level: Hashable {
    /// Its number on the ladder.
    var index: Int
    var scale: Double
    /// The network's input.
    var size: Size
    /// The position in `levels` of the real level that it is made from; its own for a real one.
    var source: Int
  }

  private(set) var levels: [Level] = []

  /// - Parameters:
  ///   - scales: Largest first.
  ///   - approximatedCount: Levels between two that are computed from the picture.
  ///   - inputSize: The input for a scale.
  ///
  /// Levels whose input has the size of an earlier one are left out.
  init(
    scales: [Double], approximatedCount: Int, inputSize: (Double) -> Size
  ) {
    let real = RealLevels(levelCount: scales.count, approximatedCount: approximatedCount)
    let sizes = scales.map(inputSize)
    var places: [Int: Int] = [:]
    // Real levels first, so that none of them is left out for an approximated one.
    var taken: [Size: Int] = [:]
    for index in real.real where taken[sizes[index]] == nil { taken[sizes[index]] = index }
    for index in scales.indices where taken[sizes[index]] == nil { taken[sizes[index]] = index }
    let kept = scales.indices.filter { taken[sizes[$0]] == $0 }
    for (place, index) in kept.enumerated() { places[index] = place }
    for index in kept {
      // A real level left out stands at the place of the one of its size.
      let source = real.source(of: index)
      levels.append(
        Level(
          index: index, scale: scales[index], size: sizes[index],
          source: places[taken[sizes[source]] ?? source] ?? 0))
    }
  }

  /// The positions of the real levels, largest first.
  var realPlaces: [Int] { levels.indices.filter { levels[$0].source == $0 } }
}
