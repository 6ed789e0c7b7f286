#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

extension Merging {
  /// Matrix NMS: the score of detection `j` is multiplied by
  ///
  ///     min over surer i of  f(overlap(i, j)) / f(max over k surer than i of overlap(k, i))
  ///
  /// with `f(o) = 1 - o` or `exp(-o^2 / sigma)`, never by more than 1. A detection `i` with
  /// `f = 0` repeats a surer one, which decays `j` in its stead.
  func decayByMatrix(_ detections: [Detection], _ order: [Int], into merged: inout Merged) {
    let isLinear = kind == .matrixLinear
    // Exact repetitions are left out of the grid: they decay no score that the first does not.
    var grid = BoxGrid(measure: measure, least: 0, capacity: order.count)
    var indices: [Int] = []
    // By what the detection is itself overlapped: 1 - overlap, or the overlap squared.
    var compensations: [Double] = []
    for index in order {
      let detection = detections[index]
      var largest = 0.0
      var rival = Int.max
      var repeats = false
      var decay = isLinear ? 1.0 : 0.0
      grid.search(detection.box, group: group(detection)) { number, measured in
        let overlap = max(measured, 0)
        if overlap >= largest && overlap > 0 {
          if overlap > largest || number < rival { rival = number }
          largest = overlap
          repeats = repeats || detections[indices[number]].box == detection.box
        }
        let compensation = compensations[number]
        if !isLinear {
          decay = max(decay, overlap * overlap - compensation)
        } else if 1 - overlap < decay * compensation {
          decay = (1 - overlap) / compensation
        }
        return false
      }
      if !repeats {
        grid.insert(detection.box, group: group(detection))
        indices.append(index)
        compensations.append(isLinear ? 1 - largest : largest * largest)
      }
      var decayed = detection
      decayed.score *= isLinear ? max(decay, 0) : exp(-decay / sigma)
      if rival != .max {
        merged.fates[index].rival = indices[rival]
        merged.fates[index].overlap = largest
      }
      if decayed.score >= minimumScore {
        merged.keep(index, as: decayed)
      } else {
        merged.fates[index].outcome = .decayed
        merged.fates[index].score = decayed.score
      }
    }
  }
}
