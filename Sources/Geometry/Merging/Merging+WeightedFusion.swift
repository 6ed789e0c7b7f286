extension Merging {
  /// A growing group of detections of one object.
  private struct Cluster {
    var leader: Int
    var mean: WeightedBox
    var count: Int
    var scoreSum: Double
    /// Of the landmarks, weighted by score; empty where the members have different numbers of them.
    var landmarkSums: [Point]
  }

  /// Weighted boxes fusion: a detection joins the fused box it overlaps most, if by more than the
  /// threshold, which becomes the score-weighted mean of its members; else it founds one. The score
  /// is the members' mean times `min(members, sources) / sources`, or the largest as it is.
  ///
  /// Landmarks are fused like the box; class and outline stay those of the leader.
  func fuse(
    _ detections: [Detection], _ order: [Int], sources: [Int], into merged: inout Merged
  ) {
    var clusters: [Cluster] = []
    var fused = BoxGrid(measure: measure, least: threshold)
    for index in order {
      let detection = detections[index]
      var best = Int.max
      var bestOverlap = threshold
      fused.search(detection.box, group: group(detection)) { number, overlap in
        if overlap > bestOverlap || (overlap == bestOverlap && best != .max && number < best) {
          best = number
          bestOverlap = overlap
        }
        return false
      }
      if best == .max {
        fused.insert(detection.box, group: group(detection))
        var mean = WeightedBox()
        mean.add(detection.box, weight: detection.score)
        clusters.append(
          Cluster(
            leader: index, mean: mean, count: 1, scoreSum: detection.score,
            landmarkSums: weighted(detection)))
      } else {
        add(detection, to: &clusters[best])
        fused.move(best, to: clusters[best].mean.box)
        merged.fates[index] = Merged.Fate(
          outcome: .merged, rival: clusters[best].leader, overlap: bestOverlap)
      }
    }
    let sourceCount = max(self.sourceCount ?? Set(sources).count, 1)
    for cluster in clusters {
      let leader = detections[cluster.leader]
      var result = leader
      if cluster.count > 1 {
        result.box = cluster.mean.box
        if !cluster.landmarkSums.isEmpty {
          result.landmarks = cluster.landmarkSums.map {
            Point(x: $0.x / cluster.mean.weight, y: $0.y / cluster.mean.weight)
          }
        }
      }
      if fusedScore == .mean {
        let mean = cluster.scoreSum / Double(cluster.count)
        result.score = mean * Double(min(cluster.count, sourceCount)) / Double(sourceCount)
      }
      merged.keep(cluster.leader, as: result)
    }
  }

  private func add(_ detection: Detection, to cluster: inout Cluster) {
    cluster.mean.add(detection.box, weight: detection.score)
    cluster.count += 1
    cluster.scoreSum += detection.score
    guard detection.landmarks.count == cluster.landmarkSums.count else {
      cluster.landmarkSums = []
      return
    }
    for (place, point) in weighted(detection).enumerated() {
      cluster.landmarkSums[place].x += point.x
      cluster.landmarkSums[place].y += point.y
    }
  }

  private func weighted(_ detection: Detection) -> [Point] {
    detection.landmarks.map { Point(x: $0.x * detection.score, y: $0.y * detection.score) }
  }
}
